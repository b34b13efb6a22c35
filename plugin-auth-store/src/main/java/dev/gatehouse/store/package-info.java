/** The embedded durable authorization store and the in-memory one. */
package dev.gatehouse.store;
