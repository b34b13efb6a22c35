/** Wintun and the few system functions in use, as jnr-ffi binds them. */
package dev.gatehouse.tun.windows.abi;
