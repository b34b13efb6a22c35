/** The Windows TUN plugin's provider and its configuration. */
package dev.gatehouse.tun.windows;
