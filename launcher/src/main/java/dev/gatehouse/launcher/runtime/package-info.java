/** From a configuration to running plugins and back. */
package dev.gatehouse.launcher.runtime;
