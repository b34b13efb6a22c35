/**
 * The contract kit of the authorization store. Whoever writes a store extends {@link
 * dev.gatehouse.testkit.store.AuthorizationStoreContract} and gets every numbered rule of the
 * contract as a test.
 */
@Stability(Level.STABLE)
package dev.gatehouse.testkit.store;

import dev.gatehouse.api.Stability;
import dev.gatehouse.api.Stability.Level;
