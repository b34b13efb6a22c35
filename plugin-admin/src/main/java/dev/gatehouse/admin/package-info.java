/** The operators' interface. */
package dev.gatehouse.admin;
