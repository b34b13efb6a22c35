/** Pages of the documentation, followed word by word. */
@NullMarked
package dev.gatehouse.dist.docs;

import org.jspecify.annotations.NullMarked;
