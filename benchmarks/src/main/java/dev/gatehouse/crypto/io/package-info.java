/** What benchmarks need of the tunnel's AEAD engines. */
@NullMarked
package dev.gatehouse.crypto.io;

import org.jspecify.annotations.NullMarked;
