/**
 * The contract of the TUN device as tests: extend {@link
 * dev.gatehouse.testkit.tun.TunDeviceContract}. {@link dev.gatehouse.testkit.tun.MemoryTun} is a
 * device that keeps it.
 */
@Stability(Level.EVOLVING)
package dev.gatehouse.testkit.tun;

import dev.gatehouse.api.Stability;
import dev.gatehouse.api.Stability.Level;
