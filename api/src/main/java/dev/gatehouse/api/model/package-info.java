/** What access is about: clients, resources, filters, authorizations, keys and addresses. */
@Stability(Level.STABLE)
package dev.gatehouse.api.model;

import dev.gatehouse.api.Stability;
import dev.gatehouse.api.Stability.Level;
