/**
 * A laboratory of real kernels: network namespaces joined by virtual cables, with real programs
 * inside. Linux only, and only with the right to make namespaces.
 */
@Stability(Level.EVOLVING)
package dev.gatehouse.testkit.lab;

import dev.gatehouse.api.Stability;
import dev.gatehouse.api.Stability.Level;
