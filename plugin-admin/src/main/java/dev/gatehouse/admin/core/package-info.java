/** Routing, JSON, address choice and texts: no socket, clock or thread. */
package dev.gatehouse.admin.core;
