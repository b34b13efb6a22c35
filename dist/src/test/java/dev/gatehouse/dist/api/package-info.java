/** What is exported: reviewed, dated, and with a promise about what may change. */
@NullMarked
package dev.gatehouse.dist.api;

import org.jspecify.annotations.NullMarked;
