/** What stands in addresses, control messages and first bytes: no sockets, no clocks. */
package dev.gatehouse.relay.core;
