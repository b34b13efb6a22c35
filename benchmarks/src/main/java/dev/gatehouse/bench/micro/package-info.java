/** The parts of the packet path one by one, measured with JMH. */
@NullMarked
package dev.gatehouse.bench.micro;

import org.jspecify.annotations.NullMarked;
