/** Errors and time: what every other package of the API rests on. */
package dev.gatehouse.api;
