/** How long a gateway takes to start and what it needs while nothing happens. */
@NullMarked
package dev.gatehouse.bench.start;

import org.jspecify.annotations.NullMarked;
