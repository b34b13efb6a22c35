/** The TUN device of Linux. */
package dev.gatehouse.tun.linux;
