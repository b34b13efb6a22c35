/** The command line: one class per command, all of it testable without a process. */
package dev.gatehouse.launcher.cli;
