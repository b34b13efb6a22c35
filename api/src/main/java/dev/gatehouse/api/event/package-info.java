/** What happened, told on the event bus. The bus is a hint, the store is the truth. */
package dev.gatehouse.api.event;
