/** How the bundle starts, and what it needs while it runs. */
@NullMarked
package dev.gatehouse.dist.start;

import org.jspecify.annotations.NullMarked;
