/**
 * How packets move: batches in pooled off-heap slabs, lanes between plugins, and the few byte-level
 * helpers every plugin on the path needs.
 */
package dev.gatehouse.api.packet;
