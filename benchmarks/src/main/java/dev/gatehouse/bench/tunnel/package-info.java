/**
 * Whole tunnels side by side: two machines in namespaces, one tunnel end of the kind measured on
 * each.
 */
@NullMarked
package dev.gatehouse.bench.tunnel;

import org.jspecify.annotations.NullMarked;
