/**
 * Gatehouse inside other programs: each a Java virtual machine of its own, with Gatehouse's jars on
 * its class path or its module path.
 */
@NullMarked
package dev.gatehouse.dist.embedding;

import org.jspecify.annotations.NullMarked;
