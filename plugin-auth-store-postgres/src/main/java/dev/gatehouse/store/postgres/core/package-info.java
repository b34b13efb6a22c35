/** What writes mean, and which time it is: without a database, clock or thread. */
package dev.gatehouse.store.postgres.core;
