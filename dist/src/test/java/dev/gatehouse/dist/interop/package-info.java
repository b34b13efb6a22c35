/**
 * The bundle and wireguard-go as peers of each other, and the stock tools against a running
 * gateway. The list of scenarios follows that of wireguard-go's own test in namespaces.
 */
@NullMarked
package dev.gatehouse.dist.interop;

import org.jspecify.annotations.NullMarked;
