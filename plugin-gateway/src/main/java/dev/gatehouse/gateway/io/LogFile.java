package dev.gatehouse.gateway.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file of lines that is set aside as {@code <name>.1}, {@code .2} and so on when it is full; the
 * oldest goes. Mode 0600. There are whole lines in it only, whatever happens to disk and process.
 * One thread.
 */
class LogFile implements LineSink {

  private final Path file;
  private final long mostBytes;
  private final int mostFiles;
  private @Nullable FileChannel channel;
  private long size;

  /**
   * A file that is opened when the first line is written.
   *
   * @param mostBytes when it is full
   * @param mostFiles how many there are at most, the current one included; at least 1
   */
  LogFile(Path file, long mostBytes, int mostFiles) {
    this.file = file;
    this.mostBytes = mostBytes;
    this.mostFiles = mostFiles;
  }

  @Override
  public Path file() {
    return file;
  }

  /** Adds lines: all of them, or none if this fails. */
  @Override
  public void write(List<String> lines) throws IOException {
    var bytes = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
    var out = opened();
    if (size > 0 && size + bytes.length > mostBytes) {
      rotate();
      out = opened();
    }
    try {
      append(out, ByteBuffer.wrap(bytes));
      size += bytes.length;
    } catch (IOException e) {
      forget(out);
      throw e;
    }
  }

  /** Writes everything to the channel; a test may let it fail. */
  void append(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  /** Lets what was written reach the disk. */
  void force() throws IOException {
    if (channel != null) {
      channel.force(false);
    }
  }

  /** Takes back half a line. */
  private void forget(FileChannel out) {
    try {
      out.truncate(size);
    } catch (IOException e) {
      // The next opening sees to it.
    }
    close();
  }

  private FileChannel opened() throws IOException {
    var current = channel;
    if (current != null) {
      return current;
    }
    var fresh =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    size = wholeLines(fresh);
    fresh.truncate(size);
    fresh.position(size);
    channel = fresh;
    return fresh;
  }

  /** Where the last whole line ends: a killed process may have left half of one. */
  private static long wholeLines(FileChannel channel) throws IOException {
    long end = channel.size();
    var block = ByteBuffer.allocate(4096);
    while (end > 0) {
      long from = Math.max(0, end - block.capacity());
      block.clear().limit((int) (end - from));
      int read = channel.read(block, from);
      for (int i = read - 1; i >= 0; i--) {
        if (block.get(i) == '\n') {
          return from + i + 1;
        }
      }
      end = from;
    }
    return 0;
  }

  private void rotate() throws IOException {
    close();
    for (int i = mostFiles - 1; i > 0; i--) {
      var older = file.resolveSibling(file.getFileName() + "." + i);
      var newer = i == 1 ? file : file.resolveSibling(file.getFileName() + "." + (i - 1));
      if (Files.exists(newer)) {
        Files.move(newer, older, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Files.deleteIfExists(file);
  }

  @Override
  public void close() {
    var current = channel;
    channel = null;
    if (current != null) {
      try {
        current.close();
      } catch (IOException e) {
        // It was written already, or reported.
      }
    }
  }
}
