/** The finished bundle under bad links, crowds and neighbours that do not answer. */
@NullMarked
package dev.gatehouse.dist.faults;

import org.jspecify.annotations.NullMarked;
