package dev.gatehouse.store.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A small file beside the database that says how far it had come when a write was last
 * acknowledged. A database that is found behind it has lost something; without the file, a damaged
 * or missing write-ahead log would quietly bring revoked authorizations back.
 *
 * <p>Two records are written in turn, so that one is whole at any time.
 */
final class HeadFile implements AutoCloseable {

  /**
   * How far the database had come.
   *
   * @param version its version
   * @param rowsSeal the sum of the seals of all rows
   * @param clean whether it was closed in order after that
   */
  record Head(long version, long rowsSeal, boolean clean) {}

  private static final long MAGIC = 0x6761_7465_6865_6164L;
  private static final int RECORD = 48;
  private static final int SLOT = 512;

  private final FileChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(RECORD);
  private final CRC32C crc = new CRC32C();
  private long sequence;

  HeadFile(Path file) throws IOException {
    channel = PrivateFiles.openOrCreate(file);
  }

  /** The newest whole record; empty if there is none. */
  Optional<Head> read() throws IOException {
    @Nullable Head newest = null;
    for (int slot = 0; slot < 2; slot++) {
      buffer.clear();
      while (buffer.hasRemaining()
          && channel.read(buffer, (long) slot * SLOT + buffer.position()) > 0) {
        // reads on until the record is complete or the file ends
      }
      if (!buffer.hasRemaining() && isWhole() && (newest == null || buffer.getLong(8) > sequence)) {
        sequence = buffer.getLong(8);
        newest = new Head(buffer.getLong(16), buffer.getLong(24), buffer.getLong(32) == 1);
      }
    }
    return Optional.ofNullable(newest);
  }

  private boolean isWhole() {
    return buffer.getLong(0) == MAGIC && buffer.getLong(40) == checksum();
  }

  private long checksum() {
    crc.reset();
    crc.update(buffer.array(), 0, 40);
    return crc.getValue();
  }

  /** Writes a record and waits until it is on the disk. */
  void write(Head head) throws IOException {
    sequence++;
    buffer.clear();
    buffer.putLong(0, MAGIC).putLong(8, sequence);
    buffer.putLong(16, head.version()).putLong(24, head.rowsSeal());
    buffer.putLong(32, head.clean() ? 1 : 0);
    buffer.putLong(40, checksum());
    long position = (sequence % 2) * SLOT;
    while (buffer.hasRemaining()) {
      position += channel.write(buffer, position);
    }
    channel.force(false);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
