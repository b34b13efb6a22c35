package dev.gatehouse.gateway.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Where lines of a journal go. One thread. */
interface LineSink extends AutoCloseable {

  /** What to call it in messages. */
  Path file();

  /**
   * Takes lines. If this fails, all of them are given again.
   *
   * @throws IOException if they found no place
   */
  void write(List<String> lines) throws IOException;

  @Override
  void close();
}
