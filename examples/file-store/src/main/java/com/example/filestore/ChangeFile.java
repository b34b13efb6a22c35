package com.example.filestore;

import dev.gatehouse.api.store.StoreChange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * The file: one line per write, with all its changes and a check value. A write is there when its
 * line is whole; what a power failure left of a line after the last whole one was never
 * acknowledged, and is cut off.
 */
final class ChangeFile implements AutoCloseable {

  private final Path file;
  private final FileChannel channel;

  ChangeFile(Path file) throws IOException {
    this.file = file;
    if (!Files.exists(file)) {
      create(file);
    }
    channel = FileChannel.open(file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
    if (channel.tryLock() == null) {
      channel.close();
      throw new IOException("another process uses it");
    }
  }

  static void create(Path file) throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  /**
   * All changes, oldest first.
   *
   * @throws IOException if a line other than the last is damaged: then nothing is to be trusted
   */
  List<StoreChange> read() throws IOException {
    var text = Files.readString(file, StandardCharsets.UTF_8);
    var changes = new ArrayList<StoreChange>();
    int start = 0;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      var line = text.substring(start, end);
      int mark = line.indexOf('\t');
      if (mark < 0 || !line.substring(0, mark).equals(check(line.substring(mark + 1)))) {
        throw new IOException("a line is damaged");
      }
      for (var change : line.substring(mark + 1).split("\t", -1)) {
        changes.add(ChangeLines.read(change));
      }
      start = end + 1;
    }
    channel.truncate(text.substring(0, start).getBytes(StandardCharsets.UTF_8).length);
    return changes;
  }

  /** Appends the changes of one write and waits until they are on the disk. */
  void append(List<StoreChange> changes) throws IOException {
    var body = String.join("\t", changes.stream().map(ChangeLines::write).toList());
    var line = check(body) + "\t" + body + "\n";
    long before = channel.size();
    try {
      var bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
      for (long at = before; bytes.hasRemaining(); ) {
        at += channel.write(bytes, at);
      }
      channel.force(false);
    } catch (IOException e) {
      channel.truncate(before);
      throw e;
    }
  }

  private static String check(String body) {
    var crc = new CRC32C();
    crc.update(body.getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(crc.getValue());
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
