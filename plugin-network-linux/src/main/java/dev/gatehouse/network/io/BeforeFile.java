package dev.gatehouse.network.io;

import dev.gatehouse.network.core.Before;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file {@code network.before} in the state directory, mode 0600. */
final class BeforeFile {

  private static final Logger log = LoggerFactory.getLogger(BeforeFile.class);

  private final Path file;

  BeforeFile(Path stateDirectory) {
    file = stateDirectory.resolve("network.before");
  }

  /** What was written down; empty if nothing was, or nothing that can be read. */
  Optional<Before> read() {
    try {
      var read = Before.read(Files.readAllLines(file));
      if (read.isEmpty()) {
        log.atWarn()
            .addKeyValue("file", file)
            .log("the record of earlier network settings is damaged; they cannot be restored");
      }
      return read;
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue("file", file)
          .addKeyValue("reason", e.getMessage())
          .log("the record of earlier network settings cannot be read");
      return Optional.empty();
    }
  }

  /** Writes it down for good: it is on disk when this returns. */
  void write(Before before) throws IOException {
    var fresh = file.resolveSibling("network.before.new");
    Files.deleteIfExists(fresh);
    var text = String.join("\n", before.lines()) + "\n";
    try (var channel =
        FileChannel.open(
            fresh,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
  }

  void delete() throws IOException {
    Files.deleteIfExists(file);
  }
}
