package dev.gatehouse.store.io;

import dev.gatehouse.store.core.ChangeLog;
import dev.gatehouse.store.core.Edit;
import dev.gatehouse.store.core.Tables;
import dev.gatehouse.store.core.Timeline;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where changes are made durable. Every method is called on the writer's thread; {@link #status()}
 * on any.
 */
public interface Journal {

  /**
   * What was found.
   *
   * @param tables filled
   * @param log filled
   * @param timeline from the last run; empty for a new store
   * @param lastVersion the newest version that may ever have been given out
   */
  record Loaded(
      Tables tables, ChangeLog log, Optional<Timeline.Saved> timeline, long lastVersion) {}

  /**
   * Opens the store and reads everything.
   *
   * @throws dev.gatehouse.api.GatehouseException if that is not possible
   */
  Loaded open();

  /**
   * Makes changes durable, all of them or none.
   *
   * @param edits in the order of versions; may be empty, then only the timeline is kept
   * @param timeline what to keep of it
   * @param log the changes remembered so far
   * @param tables as they are before the edits
   * @throws dev.gatehouse.api.GatehouseException with {@link
   *     dev.gatehouse.api.StandardErrorCode#STORE_UNAVAILABLE} if none became durable
   */
  void commit(List<Edit> edits, Timeline.Saved timeline, ChangeLog log, Tables tables);

  /** Checks what is stored against what the tables say. One sentence per problem. */
  List<String> verify(Tables tables);

  /** Facts for the status. */
  Map<String, Object> status();

  /**
   * Closes the store. Does not fail.
   *
   * @param complete whether everything is durable
   */
  void close(boolean complete);
}
