/** Commands that talk to a running gateway. */
package dev.gatehouse.launcher.remote;
