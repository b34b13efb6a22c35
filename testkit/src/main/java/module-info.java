import org.jspecify.annotations.NullMarked;

/**
 * Doubles, contract kits and the network-namespace lab with which plugins are proven.
 *
 * <p>Everything here is for tests; nothing of it is part of a running gateway.
 */
@NullMarked
module dev.gatehouse.testkit {
  requires transitive dev.gatehouse.api;
  requires transitive org.assertj.core;
  requires transitive org.junit.jupiter.api;
  requires jdk.management;
  requires org.slf4j;
  requires static org.jspecify;

  exports dev.gatehouse.testkit;
  exports dev.gatehouse.testkit.lab;
  exports dev.gatehouse.testkit.link;
  exports dev.gatehouse.testkit.store;
  exports dev.gatehouse.testkit.tun;
}
