package dev.gatehouse.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.testkit.lab.Await;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real sockets on the loopback device. */
class UdpLinkTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private DatagramSocket target;
  private DatagramSocket sender;

  @BeforeEach
  void open() throws IOException {
    target = new DatagramSocket(ANY);
    sender = new DatagramSocket(ANY);
    target.setSoTimeout((int) PATIENCE.toMillis());
    sender.setSoTimeout((int) PATIENCE.toMillis());
  }

  @AfterEach
  void close() {
    target.close();
    sender.close();
  }

  private UdpLink link(Impairments impairments) throws IOException {
    return UdpLink.open(
        ANY, (InetSocketAddress) target.getLocalSocketAddress(), impairments, impairments, 1);
  }

  private void send(UdpLink link, int... bytes) throws IOException {
    sender.send(new DatagramPacket(bytesOf(bytes), bytes.length, link.address()));
  }

  private static byte[] bytesOf(int... numbers) {
    var bytes = new byte[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      bytes[i] = (byte) numbers[i];
    }
    return bytes;
  }

  private static DatagramPacket receive(DatagramSocket socket) throws IOException {
    var packet = new DatagramPacket(new byte[2000], 2000);
    socket.receive(packet);
    return packet;
  }

  private static byte[] content(DatagramPacket packet) {
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }

  @Test
  void datagramsGoThereAndAnswersComeBackToWhomTheyAreFor() throws IOException {
    try (var link = link(Impairments.none());
        var other = new DatagramSocket(ANY)) {
      other.setSoTimeout((int) PATIENCE.toMillis());
      send(link, 1, 2, 3);
      var first = receive(target);
      other.send(new DatagramPacket(bytesOf(4), 1, link.address()));
      var second = receive(target);
      assertThat(content(first)).containsExactly(1, 2, 3);
      assertThat(content(second)).containsExactly(4);
      assertThat(first.getSocketAddress()).isNotEqualTo(second.getSocketAddress());

      target.send(new DatagramPacket(bytesOf(6), 1, second.getSocketAddress()));
      target.send(new DatagramPacket(bytesOf(5), 1, first.getSocketAddress()));
      var answer = receive(sender);
      assertThat(content(answer)).containsExactly(5);
      assertThat(answer.getSocketAddress()).isEqualTo(link.address());
      assertThat(content(receive(other))).containsExactly(6);
      Await.until("two answers", PATIENCE, () -> link.down().delivered() == 2);
    }
  }

  @Test
  void nothingIsEarly() throws IOException {
    var delay = Duration.ofMillis(60);
    try (var link = link(Impairments.none().withDelay(delay, Duration.ZERO))) {
      for (int i = 0; i < 3; i++) {
        long sent = System.nanoTime();
        send(link, i);
        assertThat(content(receive(target))).containsExactly(i);
        assertThat(System.nanoTime() - sent).isGreaterThanOrEqualTo(delay.toNanos());
      }
    }
  }

  @Test
  void aBlackoutLastsUntilItIsMended() throws IOException {
    try (var link = link(Impairments.none())) {
      link.blackout(true);
      send(link, 1);
      Await.until("its loss", PATIENCE, () -> link.up().blackedOut() == 1);
      target.setSoTimeout(1);
      assertThatThrownBy(() -> receive(target)).isInstanceOf(SocketTimeoutException.class);
      target.setSoTimeout((int) PATIENCE.toMillis());
      link.blackout(false);
      send(link, 2);
      assertThat(content(receive(target))).containsExactly(2);
      link.impair(Impairments.none().withLoss(1), Impairments.none());
      send(link, 3);
      Await.until("its loss", PATIENCE, () -> link.up().lost() == 1);
    }
  }

  @Test
  void aTargetThatDoesNotListenIsAsGoodAsALostDatagram() throws IOException {
    try (var link = link(Impairments.none())) {
      int port = target.getLocalPort();
      target.close();
      send(link, 1);
      Await.until("the attempt", PATIENCE, () -> link.up().delivered() == 1);
      send(link, 2);
      Await.until("another", PATIENCE, () -> link.up().delivered() == 2);
      target = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      target.setSoTimeout((int) PATIENCE.toMillis());
      send(link, 3);
      assertThat(content(receive(target))).containsExactly(3);
    }
  }

  @Test
  void whatBecameOfDatagramsCanBeAskedAfterTheEnd() throws IOException {
    var link = link(Impairments.none());
    link.close();
    assertThat(link.up().offered()).isZero();
  }
}
