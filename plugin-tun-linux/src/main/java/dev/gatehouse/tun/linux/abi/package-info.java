/** The C library as jnr-ffi binds it. */
package dev.gatehouse.tun.linux.abi;
