/** How a plugin reads its section of the configuration. */
@Stability(Level.STABLE)
package dev.gatehouse.api.config;

import dev.gatehouse.api.Stability;
import dev.gatehouse.api.Stability.Level;
