/**
 * Bad links on purpose: loss, delay, duplication, reordering, corruption, narrowness and blackouts,
 * by a seed that makes every fate repeatable.
 *
 * <p>{@link dev.gatehouse.testkit.link.Link} is the link itself, without clock, socket or thread:
 * packets and moments go in, deliveries come out, so a test may let hours pass in no time. {@link
 * dev.gatehouse.testkit.link.UdpLink} puts one of them in each direction between the senders of
 * datagrams and their target, on real sockets. {@link dev.gatehouse.testkit.link.LinkProgram} is
 * the same as a program of its own, for machines of the {@linkplain dev.gatehouse.testkit.lab lab}.
 */
@Stability(Level.EVOLVING)
package dev.gatehouse.testkit.link;

import dev.gatehouse.api.Stability;
import dev.gatehouse.api.Stability.Level;
