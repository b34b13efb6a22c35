package dev.gatehouse.launcher.remote;

import dev.gatehouse.api.GatehouseException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A new file that only its owner may read: created before it is known whether there will be
 * anything to write, and removed again unless something was written.
 */
public final class OwnerFile implements AutoCloseable {

  private final Path path;
  private final FileChannel channel;
  private boolean written;

  private OwnerFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Creates the file.
   *
   * @throws GatehouseException if it exists or cannot be created
   */
  public static OwnerFile create(Path path) {
    try {
      return new OwnerFile(
          path,
          FileChannel.open(
              path, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly()));
    } catch (FileAlreadyExistsException e) {
      throw new GatehouseException(
          RemoteErrorCode.FILE_UNWRITABLE,
          "The file " + path + " exists already.",
          "Remove it or choose another name; nothing was changed.",
          e);
    } catch (IOException e) {
      throw new GatehouseException(
          RemoteErrorCode.FILE_UNWRITABLE,
          "The file " + path + " cannot be created.",
          "Choose one in a directory this user may write; nothing was changed.",
          e);
    }
  }

  /** Appends bytes. */
  public void write(byte[] bytes) throws IOException {
    var buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /** Makes everything durable; without this, closing removes the file. */
  public void complete() throws IOException {
    channel.force(true);
    written = true;
  }

  @Override
  public void close() {
    try {
      channel.close();
      if (!written) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      // an empty file that cannot be removed does no harm
    }
  }

  private static FileAttribute<?>[] ownerOnly() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }
}
