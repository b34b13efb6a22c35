package dev.gatehouse.gateway.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/**
 * A directory of small files, one per line given as path, blank and content. When there are too
 * many bytes, the oldest files go. Directories have mode 0700, files 0600; a file appears under its
 * name when it is complete. Others may take files away at any time. One thread.
 */
final class Spool implements LineSink {

  /** What a file takes at least. */
  private static final long BLOCK = 4096;

  private record Entry(Path file, long bytes, long modified) {}

  private final Path root;
  private final long mostBytes;
  private final Deque<Entry> entries = new ArrayDeque<>();
  private boolean opened;
  private long bytes;

  /** A spool that is opened with the first line. */
  Spool(Path root, long mostBytes) {
    this.root = root;
    this.mostBytes = mostBytes;
  }

  @Override
  public Path file() {
    return root;
  }

  @Override
  public void write(List<String> lines) throws IOException {
    open();
    for (var line : lines) {
      int blank = line.indexOf(' ');
      if (blank > 0 && !line.startsWith("{")) { // anything else is not about a flow
        write(root.resolve(line.substring(0, blank)), line.substring(blank + 1));
      }
    }
  }

  private void open() throws IOException {
    if (opened) {
      return;
    }
    directory(root);
    try (var found = Files.walk(root)) {
      found
          .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
          .map(Spool::entry)
          .sorted(Comparator.comparingLong(Entry::modified))
          .forEach(this::add);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    opened = true;
  }

  private static Entry entry(Path file) {
    try {
      return new Entry(file, size(Files.size(file)), Files.getLastModifiedTime(file).toMillis());
    } catch (NoSuchFileException e) {
      return new Entry(file, 0, 0); // somebody has taken it away
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long size(long length) {
    return Math.ceilDiv(Math.max(1, length), BLOCK) * BLOCK;
  }

  private void add(Entry entry) {
    entries.add(entry);
    bytes += entry.bytes();
  }

  private void write(Path file, String content) throws IOException {
    var utf8 = content.getBytes(StandardCharsets.UTF_8);
    makeRoom(size(utf8.length));
    var parent = file.getParent();
    if (parent == null) {
      throw new IOException("a file of the spool needs a directory");
    }
    directory(parent);
    var growing = parent.resolve(file.getFileName() + ".new");
    try {
      try (var out =
          Files.newByteChannel(
              growing,
              Set.of(
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING,
                  StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        var buffer = java.nio.ByteBuffer.wrap(utf8);
        while (buffer.hasRemaining()) {
          out.write(buffer);
        }
      }
      Files.move(growing, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.deleteIfExists(growing);
      throw e;
    }
    add(new Entry(file, size(utf8.length), 0));
  }

  private void makeRoom(long needed) throws IOException {
    while (bytes + needed > mostBytes && !entries.isEmpty()) {
      var oldest = entries.removeFirst();
      bytes -= oldest.bytes();
      Files.deleteIfExists(oldest.file());
    }
  }

  private static void directory(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }

  @Override
  public void close() {
    // Nothing stays open.
  }
}
