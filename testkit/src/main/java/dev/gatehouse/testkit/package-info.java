/** Contract kits, doubles and the network-namespace lab for tests of plugins. */
package dev.gatehouse.testkit;
