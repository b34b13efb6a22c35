/** What {@code ./bench} runs: one class a benchmark, added to {@link Main}'s list. */
@NullMarked
package dev.gatehouse.bench;

import org.jspecify.annotations.NullMarked;
