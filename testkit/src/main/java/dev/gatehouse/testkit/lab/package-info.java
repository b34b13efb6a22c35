/**
 * A laboratory of real kernels: network namespaces joined by virtual cables, with real programs
 * inside. Linux only, and only with the right to make namespaces.
 */
package dev.gatehouse.testkit.lab;
