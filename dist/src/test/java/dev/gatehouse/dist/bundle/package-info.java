/** What is handed out: archives, the Debian package and what is in them. */
@org.jspecify.annotations.NullMarked
package dev.gatehouse.dist.bundle;
