/** The authorization store's contract. */
package dev.gatehouse.api.store;
