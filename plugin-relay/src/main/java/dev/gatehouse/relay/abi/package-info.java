/** The C library as jnr-ffi binds it. */
package dev.gatehouse.relay.abi;
