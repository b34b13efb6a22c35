/** The set-up itself: kernel parameters, firewall programs, and the record of what was before. */
package dev.gatehouse.network.io;
