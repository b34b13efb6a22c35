package dev.gatehouse.tun.windows.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.InterfaceAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Structures lie in memory as the Windows headers have them. */
class StructuresTest {

  @Test
  void aGuidHasItsFirstThreePartsLittleEndian() {
    var guid = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    assertThat(HexFormat.of().formatHex(AdapterGuid.bytes(guid)))
        .isEqualTo("33221100554477668899aabbccddeeff");
  }

  @Test
  void theGuidFollowsFromTheName() {
    assertThat(AdapterGuid.of("gatehouse0")).isEqualTo(AdapterGuid.of("gatehouse0"));
    assertThat(AdapterGuid.of("gatehouse0")).isNotEqualTo(AdapterGuid.of("gatehouse1"));
  }

  @Test
  void anAddressRowOfIpv4() {
    try (var arena = Arena.ofConfined()) {
      var row = arena.allocate(NetworkRows.ADDRESS_BYTES, 8);
      row.fill((byte) 0x7f);
      NetworkRows.address(row, 0x1122334455667788L, InterfaceAddress.parse("100.64.0.1/16"));
      var bytes = row.toArray(ValueLayout.JAVA_BYTE);
      assertThat(HexFormat.of().formatHex(bytes, 0, 8)).isEqualTo("0200000064400001");
      assertThat(row.get(ValueLayout.JAVA_LONG, 32)).isEqualTo(0x1122334455667788L);
      assertThat(bytes[60]).isEqualTo((byte) 16);
      assertThat(row.get(ValueLayout.JAVA_INT, 64)).isEqualTo(4);
      assertThat(bytes[56]).as("lifetime is left alone").isEqualTo((byte) 0x7f);
    }
  }

  @Test
  void anAddressRowOfIpv6() {
    try (var arena = Arena.ofConfined()) {
      var row = arena.allocate(NetworkRows.ADDRESS_BYTES, 8);
      NetworkRows.address(row, 1, InterfaceAddress.parse("fd00::1/64"));
      var bytes = row.toArray(ValueLayout.JAVA_BYTE);
      assertThat(row.get(ValueLayout.JAVA_SHORT, 0)).isEqualTo((short) 23);
      assertThat(HexFormat.of().formatHex(Arrays.copyOfRange(bytes, 8, 24)))
          .isEqualTo("fd000000000000000000000000000001");
      assertThat(bytes[60]).isEqualTo((byte) 64);
    }
  }

  @Test
  void anInterfaceRow() {
    try (var arena = Arena.ofConfined()) {
      var row = arena.allocate(NetworkRows.INTERFACE_BYTES, 8);
      NetworkRows.interfaceKey(row, 5, false);
      row.set(ValueLayout.JAVA_INT, 144, 64);
      NetworkRows.settings(row, 1420, 5);
      assertThat(row.get(ValueLayout.JAVA_SHORT, 0)).isEqualTo((short) 23);
      assertThat(row.get(ValueLayout.JAVA_LONG, 8)).isEqualTo(5);
      assertThat(row.get(ValueLayout.JAVA_INT, 144)).isZero();
      assertThat(row.get(ValueLayout.JAVA_INT, 152)).isEqualTo(1420);
      assertThat(row.get(ValueLayout.JAVA_INT, 148)).isEqualTo(5);
      assertThat(row.get(ValueLayout.JAVA_BYTE, 44)).isZero();
    }
  }

  @Test
  void aRouteRow() {
    try (var arena = Arena.ofConfined()) {
      var row = arena.allocate(NetworkRows.ROUTE_BYTES, 8);
      row.fill((byte) 0x7f);
      NetworkRows.route(row, 7, Cidr.parse("10.1.0.0/16"));
      var bytes = row.toArray(ValueLayout.JAVA_BYTE);
      assertThat(NetworkRows.routeLuid(row)).isEqualTo(7);
      assertThat(HexFormat.of().formatHex(bytes, 12, 20)).isEqualTo("020000000a010000");
      assertThat(bytes[40]).isEqualTo((byte) 16);
      assertThat(HexFormat.of().formatHex(bytes, 44, 52)).isEqualTo("0200000000000000");
      assertThat(row.get(ValueLayout.JAVA_INT, 84)).isZero();
      assertThat(NetworkRows.isStatic(row)).isTrue();
      assertThat(bytes[76]).as("lifetime is left alone").isEqualTo((byte) 0x7f);
    }
  }
}
