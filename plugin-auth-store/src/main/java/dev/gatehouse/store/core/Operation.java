package dev.gatehouse.store.core;

/**
 * A write, told apart from doing it: it is planned against the tables, made durable by someone
 * else, and only then applied.
 *
 * @param <R> what the caller gets
 */
public interface Operation<R> {

  /** What it touches, as the tables are now. */
  Footprint footprint(Tables tables);

  /**
   * What it will do. Does not change the tables.
   *
   * @param edits collects the changes and numbers them
   * @throws dev.gatehouse.api.GatehouseException if it cannot be done at all
   */
  Plan<R> plan(Tables tables, Moment now, Edits edits);

  /**
   * Whether it can only take access away. Such an operation is carried out even if its caller has
   * given up meanwhile, and takes effect even if it cannot be made durable yet.
   */
  boolean onlyEnds();
}
