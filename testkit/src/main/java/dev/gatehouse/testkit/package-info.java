/** Doubles for what the house lends a plugin, all of them driven by hand and in virtual time. */
package dev.gatehouse.testkit;
