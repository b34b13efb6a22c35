/** What the packet path allocates on the Java heap, and how long collecting it takes. */
@NullMarked
package dev.gatehouse.bench.allocation;

import org.jspecify.annotations.NullMarked;
