/** The policy stage: its provider and its configuration. */
package dev.gatehouse.gateway;
