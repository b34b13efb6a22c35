/** Errors and time: what every other package of the API rests on. */
@Stability(Level.STABLE)
package dev.gatehouse.api;

import dev.gatehouse.api.Stability.Level;
