/** Plugins as the commands of the bundle treat them. */
@NullMarked
package dev.gatehouse.dist.plugins;

import org.jspecify.annotations.NullMarked;
