/** The network set-up of Linux: provider and configuration. */
package dev.gatehouse.network;
