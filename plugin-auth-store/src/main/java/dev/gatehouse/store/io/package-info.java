/** Threads, files and clocks around the store's core. */
package dev.gatehouse.store.io;
