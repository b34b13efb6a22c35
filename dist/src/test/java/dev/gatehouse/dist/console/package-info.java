/** The web console of the finished bundle in a real browser without a screen. */
@NullMarked
package dev.gatehouse.dist.console;

import org.jspecify.annotations.NullMarked;
