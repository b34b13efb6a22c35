/** A gateway with very many clients. */
@NullMarked
package dev.gatehouse.bench.scale;

import org.jspecify.annotations.NullMarked;
