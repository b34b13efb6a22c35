/**
 * The WireGuard protocol as pure logic: no clock, socket, thread, randomness or logger of its own.
 *
 * <p>Time is {@code long nowNanos}: nanoseconds since a moment its owner chose, never negative and
 * never going backwards. Nothing here is safe for concurrent use; each object belongs to one shard.
 */
package dev.gatehouse.crypto.core;
