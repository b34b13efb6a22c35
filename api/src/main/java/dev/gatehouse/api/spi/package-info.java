/**
 * What plugins provide and what the house lends them. A plugin module declares {@code provides <one
 * of the providers> with <its class>}; the launcher finds it with {@link java.util.ServiceLoader}.
 */
@Stability(Level.STABLE)
package dev.gatehouse.api.spi;

import dev.gatehouse.api.Stability;
import dev.gatehouse.api.Stability.Level;
