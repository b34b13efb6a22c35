/** The client role: its provider and its configuration. */
package dev.gatehouse.client;
