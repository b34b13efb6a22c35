/**
 * How packets move: batches in pooled off-heap slabs, lanes between plugins, and the few byte-level
 * helpers every plugin on the path needs.
 */
@Stability(Level.EVOLVING)
package dev.gatehouse.api.packet;

import dev.gatehouse.api.Stability;
import dev.gatehouse.api.Stability.Level;
