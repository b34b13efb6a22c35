/** What the authorization store and those who follow it cost. */
@NullMarked
package dev.gatehouse.bench.store;

import org.jspecify.annotations.NullMarked;
