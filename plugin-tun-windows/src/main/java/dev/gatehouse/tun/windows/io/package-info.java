/** The driver's session, its reading thread and its shards. */
package dev.gatehouse.tun.windows.io;
