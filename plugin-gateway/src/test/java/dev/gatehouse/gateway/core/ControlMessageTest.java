package dev.gatehouse.gateway.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.ResourceId;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ControlMessageTest {

  private static final List<IpAddress> PROXIES =
      Stream.of("100.96.0.1", "100.96.0.2", "100.96.0.3", "100.96.0.4")
          .map(IpAddress::parse)
          .toList();

  @Test
  void assignedAddressesComeAcross() {
    var message = new ControlMessage.AssignedIps(new ResourceId("git"), "git.example.com", PROXIES);
    var packet = message.packet();
    var body = java.util.Arrays.copyOfRange(packet, ControlMessage.HEADERS, packet.length);

    assertThat(ControlMessage.read(0, body)).contains(message);
    var view = new IpPacket();
    assertThat(view.parse(MemorySegment.ofArray(packet), 0, packet.length, false)).isTrue();
    assertThat(view.isControl()).isTrue();
  }

  @Test
  void statusIsWrittenByteForByte() {
    var packet =
        new ControlMessage.DomainStatus(new ResourceId("r1"), "git.acme.internal", true).packet();
    var body = "{\"resource\":\"r1\",\"domain\":\"git.acme.internal\",\"status\":\"Active\"}";

    assertThat(packet)
        .isEqualTo(
            Packets.join(
                Packets.hex("60000000 00" + Integer.toHexString(8 + body.length()) + " ff00"),
                new byte[32],
                Packets.hex("01 00000000000000"),
                body.getBytes(StandardCharsets.UTF_8)));
    assertThat(new ControlMessage.Goodbye().packet())
        .isEqualTo(
            Packets.join(
                Packets.hex("60000000 0008 ff00"), new byte[32], Packets.hex("02 00000000000000")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "null",
        "{\"resource\":7}",
        "{\"resource\":\"r\",\"domain\":\"a.b\",\"proxy_ips\":[]}",
        "{\"resource\":\"r\",\"domain\":\"a.b\",\"proxy_ips\":[\"100.96.0.1\"]}",
        "{\"resource\":\"r\",\"domain\":\"a.b\",\"proxy_ips\":[1,2,3,4]}",
        "{\"resource\":\"r\",\"domain\":\"a.b\",\"proxy_ips\":[null,null,null,null]}",
        "{\"resource\":\"r\",\"domain\":\"\",\"proxy_ips\":[\"::1\",\"::2\",\"::3\",\"::4\"]}",
        "{\"resource\":\"\",\"domain\":\"a\",\"proxy_ips\":[\"::1\",\"::2\",\"::3\",\"::4\"]}",
        "{\"resource\":\"r\",\"domain\":\"a\",\"proxy_ips\":[\"::1\",\"::1\",\"::3\",\"::4\"]}"
      })
  void whatMakesNoSenseIsNoMessage(String body) {
    assertThat(ControlMessage.read(0, body.getBytes(StandardCharsets.UTF_8))).isEmpty();
  }

  @Test
  void unknownKindsAreIgnored() {
    assertThat(ControlMessage.read(1, new byte[0])).isEmpty();
    assertThat(ControlMessage.read(99, new byte[0])).isEmpty();
    assertThat(ControlMessage.read(2, new byte[0])).contains(new ControlMessage.Goodbye());
  }
}
