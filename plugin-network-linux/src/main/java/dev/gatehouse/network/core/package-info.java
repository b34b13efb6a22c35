/** What is to be set up, as rules and records, without touching anything. */
package dev.gatehouse.network.core;
