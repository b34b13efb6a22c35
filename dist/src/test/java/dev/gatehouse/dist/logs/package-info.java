/** What the product and its tests write down: readable, and without a secret. */
@NullMarked
package dev.gatehouse.dist.logs;

import org.jspecify.annotations.NullMarked;
