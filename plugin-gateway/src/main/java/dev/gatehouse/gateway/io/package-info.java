/** The policy stage around the pure rules: lanes, timers, the store and the tunnel's peers. */
package dev.gatehouse.gateway.io;
