/** The rules of the house as tests: who may know whom, what is exported, what the cores are. */
@NullMarked
package dev.gatehouse.dist.architecture;

import org.jspecify.annotations.NullMarked;
