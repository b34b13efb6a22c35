/**
 * What plugins provide and what the house lends them. A plugin module declares {@code provides <one
 * of the providers> with <its class>}; the launcher finds it with {@link java.util.ServiceLoader}.
 */
package dev.gatehouse.api.spi;
