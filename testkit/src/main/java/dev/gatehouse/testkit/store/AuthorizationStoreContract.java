package dev.gatehouse.testkit.store;

import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.testkit.ManualTime;
import dev.gatehouse.testkit.RecordingEvents;
import dev.gatehouse.testkit.TestContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * The contract of the authorization store as tests. Extend it, say how your store is made, and run
 * it with JUnit; each test carries the number of its rule.
 *
 * <pre>{@code
 * class MyStoreContractTest extends AuthorizationStoreContract {
 *   @Override
 *   protected AuthorizationStore create(PluginContext context) {
 *     return new MyStoreProvider().create(MyStoreConfig.defaults(), context);
 *   }
 * }
 * }</pre>
 *
 * <p>Time is virtual and stands still unless a test moves it. Every test gets a state directory of
 * its own, in which the store may be created several times, one after the other.
 *
 * @since 0.1.0
 */
public abstract class AuthorizationStoreContract
    implements WritingRules,
        TimeRules,
        ReconciliationRules,
        ReadingRules,
        FollowingRules,
        FailureRules,
        EnduranceRules {

  private @Nullable Path directory;
  private @Nullable TestContext context;
  private @Nullable KitContext kitContext;
  private @Nullable AuthorizationStore store;

  /** For subclasses. */
  protected AuthorizationStoreContract() {}

  /**
   * Makes the store under test, as its provider would; it is started by the kit. Called again on
   * the same state directory to open it again.
   */
  protected abstract AuthorizationStore create(PluginContext context);

  /** Whether the store keeps its contents when it is closed; false only for one in memory. */
  @Override
  public boolean survivesReopen() {
    return true;
  }

  /** The id of the plugin, for its context. */
  protected String pluginId() {
    return "store-under-test";
  }

  /** Opens an empty store in a new directory. */
  @BeforeEach
  public final void openEmptyStore() throws IOException, InterruptedException {
    directory = Files.createTempDirectory("gatehouse-store");
    var state = Files.createDirectory(directory.resolve("state"));
    context = new TestContext(pluginId(), state);
    kitContext = new KitContext(context);
    store = create(kitContext);
    store.start();
  }

  /** Closes the store and removes its directory. */
  @AfterEach
  public final void closeStore() throws IOException {
    if (store != null) {
      store.close();
    }
    if (context != null) {
      context.close();
    }
    if (directory != null) {
      try (var files = Files.walk(directory)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private static <T> T opened(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("the store has not been opened");
    }
    return value;
  }

  @Override
  public final AuthorizationStore store() {
    return opened(store);
  }

  @Override
  public final AuthorizationStore reopen() {
    try {
      opened(store).stop();
      opened(store).close();
      var again = create(opened(kitContext));
      store = again;
      again.start();
      return again;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public final ManualTime time() {
    return opened(context).time();
  }

  @Override
  public final RecordingEvents events() {
    return opened(context).events();
  }

  @Override
  public final List<String> busConsumers() {
    return opened(kitContext).busConsumers();
  }

  @Override
  public final Path directory() {
    return opened(directory);
  }
}
