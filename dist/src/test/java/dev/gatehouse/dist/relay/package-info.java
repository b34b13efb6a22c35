/** The relay as an operator runs it, with clients this project did not write. */
@NullMarked
package dev.gatehouse.dist.relay;

import org.jspecify.annotations.NullMarked;
