package dev.gatehouse.api.store;

/**
 * A stored value and the store's version that wrote it.
 *
 * @param value the value
 * @param version strictly larger than that of every earlier change in this store
 * @since 0.1.0
 */
public record Versioned<T>(T value, long version) {}
