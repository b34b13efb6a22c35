/**
 * The bundle as a process, a stock WireGuard client and a resource, each in a network namespace.
 */
@NullMarked
package dev.gatehouse.dist.journey;

import org.jspecify.annotations.NullMarked;
