/** The policy stage: peers, routing, filters, ICMP errors. */
package dev.gatehouse.gateway;
