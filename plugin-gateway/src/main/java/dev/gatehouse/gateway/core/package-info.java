/** The packet rules: pure functions of packet, compiled policy and time. */
package dev.gatehouse.gateway.core;
