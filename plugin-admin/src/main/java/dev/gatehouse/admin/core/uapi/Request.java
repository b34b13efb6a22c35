package dev.gatehouse.admin.core.uapi;

/** One request. */
public sealed interface Request extends AutoCloseable {

  /** Asks for everything. */
  record Get() implements Request {}

  /**
   * Asks for a change.
   *
   * @param change what is to change
   */
  record Set(DeviceChange change) implements Request {
    @Override
    public void close() {
      change.close();
    }
  }

  /**
   * Not a request that can be done; it was read to its end all the same.
   *
   * @param why what was wrong with it
   */
  record Malformed(Refusal why) implements Request {}

  /** Overwrites the secrets in it. */
  @Override
  default void close() {}
}
