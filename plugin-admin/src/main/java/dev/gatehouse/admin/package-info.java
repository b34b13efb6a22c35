/** The stage {@code admin}: what operators and their tools talk to. */
package dev.gatehouse.admin;
