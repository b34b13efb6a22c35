/** What packets and netlink messages look like: pure functions over memory. */
package dev.gatehouse.tun.linux.core;
