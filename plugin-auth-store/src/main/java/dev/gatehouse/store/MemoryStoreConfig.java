package dev.gatehouse.store;

/** The in-memory store has nothing to configure. */
public record MemoryStoreConfig() {}
