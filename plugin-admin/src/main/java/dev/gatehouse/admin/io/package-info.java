/** The server on its socket and the requests' way to the store. */
package dev.gatehouse.admin.io;
