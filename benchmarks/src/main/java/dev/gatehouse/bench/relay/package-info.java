/** The relay beside coturn: the same load on both, in one run. */
@NullMarked
package dev.gatehouse.bench.relay;

import org.jspecify.annotations.NullMarked;
