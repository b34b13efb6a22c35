/** Doubles for what the house lends a plugin, all of them driven by hand and in virtual time. */
@Stability(Level.EVOLVING)
package dev.gatehouse.testkit;

import dev.gatehouse.api.Stability;
import dev.gatehouse.api.Stability.Level;
