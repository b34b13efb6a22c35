/** What benchmarks need of the tunnel's core beyond what it shows. */
@NullMarked
package dev.gatehouse.crypto.core;

import org.jspecify.annotations.NullMarked;
