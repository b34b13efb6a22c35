/** What happened, told on the event bus. The bus is a hint, the store is the truth. */
@Stability(Level.STABLE)
package dev.gatehouse.api.event;

import dev.gatehouse.api.Stability;
import dev.gatehouse.api.Stability.Level;
