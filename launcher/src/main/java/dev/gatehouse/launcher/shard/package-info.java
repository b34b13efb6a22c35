/** The packet path's runtime: event loops that own descriptors, lanes on the bus, typed events. */
package dev.gatehouse.launcher.shard;
