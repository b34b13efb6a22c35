package dev.gatehouse.relay.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayoutTest {

  private final MemorySegment memory = Arena.ofAuto().allocate(256, 8);

  @ParameterizedTest
  @ValueSource(
      strings = {"192.0.2.1:51820", "0.0.0.0:0", "255.255.255.255:65535", "[2001:db8::1]:1"})
  void addressesSurviveTheirBinaryForm(String text) {
    var endpoint = Endpoint.parse(text);
    int bytes = SocketAddress.write(memory, endpoint, 7);
    assertThat(bytes).isEqualTo(endpoint.address().isV4() ? 16 : 28);
    assertThat(SocketAddress.read(memory)).isEqualTo(endpoint);
  }

  @Test
  void onlyLinkLocalAddressesCarryTheirInterface() {
    SocketAddress.write(memory, Endpoint.parse("[fe80::1]:5"), 7);
    assertThat(memory.get(ValueLayout.JAVA_INT, 24)).isEqualTo(7);
    SocketAddress.write(memory, Endpoint.parse("[2001:db8::1]:5"), 7);
    assertThat(memory.get(ValueLayout.JAVA_INT, 24)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.1", "2001:db8::7", "fe80::1"})
  void whatIsSentReadsLikeWhatIsReceived(String text) {
    var address = IpAddress.parse(text);
    int end = SentControl.source(memory, 0, address, 3);
    end = SentControl.ecn(memory, end, address.isV4(), 2);
    var control = new ReceivedControl();
    control.read(memory, end);
    assertThat(new IpAddress(control.localHigh(), control.localLow())).isEqualTo(address);
    assertThat(control.interfaceIndex()).isEqualTo(text.startsWith("fe80") ? 3 : 0);
    assertThat(control.ecn()).isEqualTo(2);
    assertThat(control.segmentSize()).isZero();
    assertThat(end).isLessThanOrEqualTo(SentControl.BYTES - 24);
  }

  @Test
  void nothingStaysFromTheDatagramBefore() {
    int end = SentControl.source(memory, 0, IpAddress.parse("192.0.2.1"), 3);
    var control = new ReceivedControl();
    control.read(memory, SentControl.ecn(memory, end, true, 3));
    control.read(memory, 0);
    assertThat(control.localLow()).isZero();
    assertThat(control.ecn()).isZero();
    assertThat(control.interfaceIndex()).isZero();
  }

  @Test
  void anyBytesAreReadWithoutHarm() {
    var random = new Random(3);
    var bytes = new byte[256];
    var control = new ReceivedControl();
    for (int i = 0; i < 20_000; i++) {
      random.nextBytes(bytes);
      MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
      if (random.nextBoolean()) {
        memory.set(ValueLayout.JAVA_LONG, 0, random.nextInt(80));
        memory.set(ValueLayout.JAVA_INT, 8, random.nextBoolean() ? Linux.SOL_UDP : 41);
        memory.set(ValueLayout.JAVA_INT, 12, random.nextBoolean() ? Linux.UDP_GRO : 50);
      }
      control.read(memory, random.nextInt(300));
      assertThat(control.ecn()).isBetween(0, 3);
    }
  }

  @Test
  void knownPathsAreTheSameObjectAndTheirNumberIsBounded() {
    var cache = new PathCache();
    var one = cache.path(0, 1, 2, 0, 3, 4, 0);
    assertThat(cache.path(0, 1, 2, 0, 3, 4, 0)).isSameAs(one);
    assertThat(cache.path(0, 1, 2, 0, 3, 5, 0)).isNotEqualTo(one);
    assertThat(cache.path(0, 1, 3, 0, 3, 4, 0)).isNotEqualTo(one);
    assertThat(cache.path(0, 1, 2, 0, 3, 4, 1)).isNotEqualTo(one);
    var random = new Random(5);
    for (int i = 0; i < 100_000; i++) {
      long high = random.nextLong();
      long low = random.nextLong();
      int port = random.nextInt(65536);
      var path = cache.path(high, low, port, 9, 8, 7, 1);
      assertThat(path)
          .isEqualTo(
              new UdpPath(new Endpoint(new IpAddress(high, low), port), new IpAddress(9, 8), 7, 1));
    }
    assertThat(cache.path(0, 1, 2, 0, 3, 4, 0)).isEqualTo(one);
  }

  @Test
  @SuppressWarnings("ReferenceEquality") // it is about objects
  void thousandSendersInTurnKeepTheirPaths() {
    var cache = new PathCache();
    var first = new UdpPath[1000];
    int kept = 0;
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < first.length; i++) {
        // As a carrier gives them out: few addresses, many ports.
        var path = cache.path(0, 0xffff_0a00_0000L + i / 300, 2000 + 7 * i, 0, 3, 4, 0);
        kept += path == first[i] ? 1 : 0;
        first[i] = path;
      }
    }
    assertThat(kept).isGreaterThan(950);
  }
}
