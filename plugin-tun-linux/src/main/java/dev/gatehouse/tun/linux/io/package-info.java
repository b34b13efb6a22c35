/** System calls, descriptors and shards. */
package dev.gatehouse.tun.linux.io;
