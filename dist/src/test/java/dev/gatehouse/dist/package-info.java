/** Tests that look at the finished bundle. */
@NullMarked
package dev.gatehouse.dist;

import org.jspecify.annotations.NullMarked;
