/** The WireGuard tunnel. */
package dev.gatehouse.crypto;
