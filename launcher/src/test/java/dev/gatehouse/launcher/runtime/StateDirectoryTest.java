package dev.gatehouse.launcher.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDirectoryTest {

  private static final String HOLDER =
      """
      import java.nio.ByteBuffer;
      import java.nio.channels.FileChannel;
      import java.nio.file.*;
      class Holder {
        public static void main(String[] arguments) throws Exception {
          var channel = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.CREATE,
              StandardOpenOption.READ, StandardOpenOption.WRITE);
          System.out.println(channel.tryLock(1L << 30, 1, false) == null ? "refused" : "held");
          channel.truncate(0);
          channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\\n").getBytes()), 0);
          System.in.read();
        }
      }
      """;

  @TempDir Path work;

  private Process holder(Path lock) throws IOException {
    Path source = Files.writeString(work.resolve("Holder.java"), HOLDER);
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            source.toString(),
            lock.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  @Test
  void isCreatedForItsOwnerAloneWithItsParents() throws IOException {
    try (var state = StateDirectory.open(work.resolve("a/b/state"))) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state.path())))
          .isEqualTo("rwx------");
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(state.path().resolve("lock"))))
          .isEqualTo("rw-------");
      assertThat(Files.readString(state.path().resolve("lock")))
          .isEqualTo(ProcessHandle.current().pid() + "\n");
    }
  }

  @Test
  void isRefusedIfOthersMayWrite() throws IOException {
    for (var mode : new String[] {"rwxrwx---", "rwx---rwx"}) {
      Path open = Files.createDirectory(work.resolve(mode));
      Files.setPosixFilePermissions(open, PosixFilePermissions.fromString(mode));

      assertThatThrownBy(() -> StateDirectory.open(open))
          .isInstanceOf(GatehouseException.class)
          .hasMessageContaining("Other users may write")
          .hasMessageContaining("chmod 0700 " + open);
    }
  }

  @Test
  void aFileInItsPlaceIsSaid() throws IOException {
    Path file = Files.createFile(work.resolve("state"));

    assertThatThrownBy(() -> StateDirectory.open(file))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("is not a directory");
  }

  @Test
  void aSecondGatewayInThisProcessIsRefusedAndDisturbsNothing() throws Exception {
    Path path = work.resolve("state");
    try (var first = StateDirectory.open(path)) {
      for (int i = 0; i < 3; i++) {
        var problem =
            catchThrowableOfType(GatehouseException.class, () -> StateDirectory.open(path));
        assertThat(problem.code()).isEqualTo(StandardErrorCode.STATE_LOCKED);
        assertThat(problem.getMessage()).contains("this process, " + ProcessHandle.current().pid());
      }
      var other = holder(first.path().resolve("lock"));
      assertThat(other.inputReader().readLine()).isEqualTo("refused");
      other.destroyForcibly().waitFor();
    }
    StateDirectory.open(path).close();
  }

  @Test
  void symbolicLinksLeadToTheSameLock() throws IOException {
    Path link = Files.createSymbolicLink(work.resolve("link"), work.resolve("state"));
    try (var first = StateDirectory.open(work.resolve("state"))) {
      assertThatThrownBy(() -> StateDirectory.open(link)).hasMessageContaining("Another gateway");
      assertThat(first.path()).isEqualTo(work.resolve("state").toRealPath());
    }
  }

  @Test
  void anotherProcessIsNamedAndItsDeathFreesTheDirectory() throws Exception {
    Path path = work.resolve("state");
    StateDirectory.open(path).close();
    var other = holder(path.resolve("lock"));
    try {
      assertThat(other.inputReader().readLine()).isEqualTo("held");
      awaitText(path.resolve("lock"), other.pid() + "\n");

      assertThatThrownBy(() -> StateDirectory.open(path))
          .isInstanceOf(GatehouseException.class)
          .hasMessageContaining("(process " + other.pid() + ")");
    } finally {
      other.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
    StateDirectory.open(path).close();
  }

  @Test
  void leftoversOfCrashedProcessesAreRemoved() throws IOException {
    Path path = work.resolve("state");
    StateDirectory.open(path).close();
    Path stale = Files.createFile(path.resolve(".lock-4194999-17"));
    Path running = Files.createFile(path.resolve(".lock-1-17"));

    StateDirectory.open(path).close();

    assertThat(stale).doesNotExist();
    assertThat(running).exists();
  }

  private static void awaitText(Path file, String text) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!Files.readString(file).equals(text) && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertThat(Files.readString(file)).isEqualTo(text);
  }
}
