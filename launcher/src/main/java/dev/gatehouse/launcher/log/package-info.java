/** Logback, set up for the command line; never touched when Gatehouse is embedded. */
package dev.gatehouse.launcher.log;
