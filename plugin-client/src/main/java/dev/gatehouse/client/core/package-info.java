/** Which addresses lie behind the gateway: pure, without a clock or a socket. */
package dev.gatehouse.client.core;
