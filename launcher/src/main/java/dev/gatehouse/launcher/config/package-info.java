/** The configuration file: read once, bound to records, every problem reported together. */
package dev.gatehouse.launcher.config;
