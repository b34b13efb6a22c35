/** The authorization store on PostgreSQL, for gateways that share state. */
package dev.gatehouse.store.postgres;
