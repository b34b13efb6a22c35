/**
 * The contract of the TUN device as tests: extend {@link
 * dev.gatehouse.testkit.tun.TunDeviceContract}. {@link dev.gatehouse.testkit.tun.MemoryTun} is a
 * device that keeps it.
 */
package dev.gatehouse.testkit.tun;
