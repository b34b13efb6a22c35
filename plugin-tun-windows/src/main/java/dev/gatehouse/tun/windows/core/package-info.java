/** Structures, codes and checks: pure functions. */
package dev.gatehouse.tun.windows.core;
