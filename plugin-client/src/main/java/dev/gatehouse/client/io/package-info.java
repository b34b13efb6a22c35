/** The client on the packet path. */
package dev.gatehouse.client.io;
