/** The TUN device of Windows through Wintun. */
package dev.gatehouse.tun.windows;
