/** What access is about: clients, resources, filters, authorizations, keys and addresses. */
package dev.gatehouse.api.model;
