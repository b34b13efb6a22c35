/** The store itself: connections, transactions, following. */
package dev.gatehouse.store.postgres.io;
