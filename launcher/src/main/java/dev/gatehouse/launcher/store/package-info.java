/** The commands that keep, move and mend the authorization store. */
package dev.gatehouse.launcher.store;
