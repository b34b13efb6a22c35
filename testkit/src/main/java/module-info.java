import org.jspecify.annotations.NullMarked;

/** Contract kits, doubles and the network-namespace lab for tests of plugins. */
@NullMarked
module dev.gatehouse.testkit {
  requires transitive dev.gatehouse.api;
  requires transitive org.junit.jupiter.api;
  requires transitive org.assertj.core;
  requires org.slf4j;
  requires static org.jspecify;
}
