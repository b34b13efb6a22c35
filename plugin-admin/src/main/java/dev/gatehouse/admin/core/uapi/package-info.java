/**
 * WireGuard's cross-platform configuration protocol, as {@code wg} speaks it (described at
 * wireguard.com/xplatform), and what a request means for the clients of a gateway. Pure.
 */
package dev.gatehouse.admin.core.uapi;
