/** The authorization store's contract. */
@Stability(Level.STABLE)
package dev.gatehouse.api.store;

import dev.gatehouse.api.Stability;
import dev.gatehouse.api.Stability.Level;
