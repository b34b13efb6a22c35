/**
 * What a store holds and how it changes: plain data structures without clock, thread or file. The
 * caller brings time as arguments and keeps threads apart.
 */
package dev.gatehouse.store.core;
