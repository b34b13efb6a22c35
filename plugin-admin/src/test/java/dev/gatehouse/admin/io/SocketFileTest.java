package dev.gatehouse.admin.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.admin.AdminConfig;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class SocketFileTest {

  @TempDir Path directory;
  private House house;
  private Path path;

  @BeforeEach
  void open() {
    house = new House(directory);
    path = directory.resolve("admin.sock");
  }

  @AfterEach
  void close() {
    house.close();
  }

  private AdminPlugin admin() {
    return new AdminPlugin(
        House.config(Optional.empty(), AdminConfig.DEFAULT_REQUEST_TIMEOUT), house.context);
  }

  private AdminPlugin adminAt(Path socket) {
    return new AdminPlugin(House.config(Optional.of(socket), Duration.ofSeconds(1)), house.context);
  }

  @Test
  void socketIsForOwnerOnlyAndGoneAfterStop() throws Exception {
    var admin = admin();
    assertThat(admin.health().isOk()).isFalse();
    admin.start();

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
    assertThat(new Asker(path).get("/live").status()).isEqualTo(200);
    assertThat(admin.health().isOk()).isTrue();

    admin.stop();
    admin.close();
    try (var left = Files.list(directory)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void socketIsBoundWhereNobodyElseMayGo() {
    var socket = new SocketFile(path);
    socket.prepare();
    assertThat(socket.bindPath().getParent()).satisfies(SocketFileTest::isPrivate);
    socket.remove();
    assertThat(socket.bindPath().getParent()).doesNotExist();
  }

  private static void isPrivate(Path nursery) throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(nursery)))
        .isEqualTo("rwx------");
  }

  @Test
  void staleSocketIsReplaced() throws Exception {
    try (var dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(path));
    }
    assertThat(path).exists();

    var admin = admin();
    admin.start();
    assertThat(new Asker(path).get("/live").status()).isEqualTo(200);
    admin.stop();
    admin.close();
  }

  @Test
  void liveSocketOfAnotherGatewayIsLeftAlone() throws Exception {
    var first = admin();
    first.start();
    var second = admin();
    assertThatThrownBy(second::start)
        .isInstanceOfSatisfying(
            GatehouseException.class,
            e -> assertThat(e.code()).isEqualTo(StandardErrorCode.ADDRESS_IN_USE))
        .hasMessageStartingWith("Another gateway answers at " + path);
    second.close();

    assertThat(new Asker(path).get("/live").status()).isEqualTo(200);
    first.stop();
    first.close();
  }

  @Test
  void fileThatIsNoSocketIsNeverRemoved() throws Exception {
    Files.writeString(path, "precious");
    var admin = admin();
    assertThatThrownBy(admin::start)
        .hasMessage(
            path
                + " exists and is not a socket. Move it away, or set [admin] socket to another"
                + " path.");
    admin.close();
    assertThat(path).hasContent("precious");
  }

  @Test
  void remainsOfKilledGatewayAreNoObstacle() throws Exception {
    Files.createDirectory(directory.resolve(".admin.sock.new"));
    try (var dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(directory.resolve(".admin.sock.new/s")));
    }
    var admin = admin();
    admin.start();
    assertThat(new Asker(path).get("/live").status()).isEqualTo(200);
    admin.stop();
    admin.close();
  }

  @Test
  void tooLongPathIsSaidBeforeAnythingIsOpened() {
    assertThatThrownBy(() -> adminAt(directory.resolve("a".repeat(120) + ".sock")))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("too long for a Unix socket");
  }

  @Test
  void directoryOfConfiguredSocketIsMade() throws Exception {
    var socket = directory.resolve("run/gatehouse/a.sock");
    var admin = adminAt(socket);
    admin.start();
    assertThat(new Asker(socket).get("/live").status()).isEqualTo(200);
    isPrivate(directory.resolve("run/gatehouse"));
    admin.stop();
    admin.close();
  }

  @Test
  void unusableDirectoryIsSentence() throws Exception {
    Files.writeString(directory.resolve("file"), "");
    var admin = adminAt(directory.resolve("file/a.sock"));
    assertThatThrownBy(admin::start)
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("cannot be made");
    admin.close();
  }

  @Test
  void replacedSocketIsNotHealthyAndNotRemoved() throws Exception {
    var admin = admin();
    admin.start();
    Files.delete(path);
    assertThat(admin.health().problem()).isPresent();
    Files.writeString(path, "someone else's");
    admin.stop();
    admin.close();
    assertThat(path).exists();
  }

  @Test
  void twoGatewaysInOneProcessDoNotDisturbEachOther() throws Exception {
    var first = adminAt(directory.resolve("1.sock"));
    var second = adminAt(directory.resolve("2.sock"));
    first.start();
    second.start();
    first.stop();
    assertThat(new Asker(directory.resolve("2.sock")).get("/live").status()).isEqualTo(200);
    second.stop();
    first.close();
    second.close();
  }
}
