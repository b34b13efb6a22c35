/** The shell around the protocol: lanes, clocks, files, events and native libraries. */
package dev.gatehouse.crypto.io;
