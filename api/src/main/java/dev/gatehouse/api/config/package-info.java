/** How a plugin reads its section of the configuration. */
package dev.gatehouse.api.config;
