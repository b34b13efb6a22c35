package dev.gatehouse.store.core;

import dev.gatehouse.api.store.StoreChange;
import java.time.Duration;

/**
 * One change to one row, ready to be written.
 *
 * @param change what changes; never a gap
 * @param offset for an authorization: what places its expiry on the store's timeline
 */
public record Edit(StoreChange change, Duration offset) {}
