/** Handshakes a second: what answering them costs. */
@NullMarked
package dev.gatehouse.bench.handshake;

import org.jspecify.annotations.NullMarked;
