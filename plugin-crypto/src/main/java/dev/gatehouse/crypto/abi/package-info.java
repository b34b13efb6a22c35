/** The C functions the plugin calls, as jnr-ffi wants them. */
package dev.gatehouse.crypto.abi;
