/**
 * Finding plugins: one module layer per directory, every outcome a value that renders as one
 * sentence.
 */
package dev.gatehouse.launcher.plugin;
