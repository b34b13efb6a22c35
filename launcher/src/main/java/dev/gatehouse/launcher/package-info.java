/** CLI, configuration, plugin discovery, wiring, logging and the embedding entry point. */
package dev.gatehouse.launcher;
