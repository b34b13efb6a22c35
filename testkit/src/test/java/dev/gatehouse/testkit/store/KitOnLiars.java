package dev.gatehouse.testkit.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.store.AuthorizationStore;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Runs the kit on stores that are wrong on purpose. */
abstract class KitOnLiars {

  /** Whoever is wrong stays wrong, so that waiting longer for it to do right gains nothing. */
  private static final Duration LITTLE = Duration.ofSeconds(2);

  /** The kit on one store object, which survives being opened again. */
  static final class Kit extends AuthorizationStoreContract {
    private final Function<PluginContext, FaithfulStore> maker;
    private final Duration patience;
    private @Nullable FaithfulStore made;

    Kit(Function<PluginContext, FaithfulStore> maker, Duration patience) {
      this.maker = maker;
      this.patience = patience;
    }

    @Override
    public Duration patience() {
      return patience;
    }

    @Override
    protected AuthorizationStore create(PluginContext context) {
      var store = made;
      if (store == null) {
        store = maker.apply(context);
        made = store;
      }
      return store;
    }

    @Override
    public int modelSteps() {
      return 3000;
    }

    @Override
    public int manyRecords() {
      return 200;
    }
  }

  static void assertCaught(int rule, Function<PluginContext, FaithfulStore> wrong)
      throws Exception {
    var failures = KitRun.failures(() -> new Kit(wrong, LITTLE), rule);
    assertThat(failures).containsOnlyKeys(rule);
  }
}
