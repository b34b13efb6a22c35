package dev.gatehouse.relay.core.stun;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StunReaderTest {

  private static final byte[] KEY = {1, 2, 3};

  private final StunReader reader = new StunReader();
  private final StunWriter writer = new StunWriter(4096);
  private final Integrity integrity = new Integrity();

  @ParameterizedTest
  @CsvSource({
    "1, 0001, 0101, 0111, 0011",
    "3, 0003, 0103, 0113, 0013",
    "6, 0006, 0106, 0116, 0016",
    "9, 0009, 0109, 0119, 0019",
    "4095, 3eef, 3fef, 3fff, 3eff"
  })
  void methodAndClassInterleave(
      int method, String request, String success, String error, String indication) {
    assertThat(HexFormat.of().toHexDigits((short) Stun.type(method, Stun.REQUEST)))
        .isEqualTo(request);
    assertThat(HexFormat.of().toHexDigits((short) Stun.type(method, Stun.SUCCESS)))
        .isEqualTo(success);
    assertThat(HexFormat.of().toHexDigits((short) Stun.type(method, Stun.ERROR))).isEqualTo(error);
    assertThat(HexFormat.of().toHexDigits((short) Stun.type(method, Stun.INDICATION)))
        .isEqualTo(indication);
    assertThat(Stun.method(Stun.type(method, Stun.ERROR))).isEqualTo(method);
  }

  @Test
  void nothingBehindTheMacIsSeen() {
    request(Stun.REFRESH);
    writer.sign(integrity, KEY, false);
    writer.number(Stun.LIFETIME, 0);
    writer.number(0x7777, 0);
    assertThat(read()).isEqualTo(StunReader.OK);
    assertThat(reader.has(Stun.LIFETIME)).isFalse();
    assertThat(reader.hasUnknown()).isFalse();
  }

  @Test
  void nothingBehindTheSha256MacIsSeenButTheFingerprint() {
    request(Stun.REFRESH);
    writer.sign(integrity, KEY, true);
    writer.number(Stun.LIFETIME, 0);
    writer.sign(integrity, KEY, false);
    writer.fingerprint();
    assertThat(read()).isEqualTo(StunReader.OK);
    assertThat(reader.has(Stun.LIFETIME)).isFalse();
    assertThat(reader.has(Stun.MESSAGE_INTEGRITY)).isFalse();
    assertThat(reader.hasFingerprint()).isTrue();
  }

  @Test
  void bothMacsAreSeenInTheirOrder() {
    request(Stun.REFRESH);
    writer.sign(integrity, KEY, false);
    writer.sign(integrity, KEY, true);
    assertThat(read()).isEqualTo(StunReader.OK);
    assertThat(reader.verify(integrity, Stun.MESSAGE_INTEGRITY, KEY)).isTrue();
    assertThat(reader.verify(integrity, Stun.MESSAGE_INTEGRITY_SHA256, KEY)).isTrue();
  }

  @Test
  void aSha256MacMayBeTruncatedToSixteenBytesAndNotFurther() {
    for (int size = 0; size <= 36; size++) {
      request(Stun.REFRESH);
      var whole =
          integrity.mac(
              true, KEY, writer.bytes(), 0, writer.length(), writer.length() + 4 + size - 20);
      writer.value(Stun.MESSAGE_INTEGRITY_SHA256, Arrays.copyOf(whole, size));
      boolean fits = size >= 16 && size <= 32 && size % 4 == 0;
      assertThat(read()).isEqualTo(fits ? StunReader.OK : StunReader.BAD_REQUEST);
      if (fits) {
        assertThat(reader.verify(integrity, Stun.MESSAGE_INTEGRITY_SHA256, KEY)).isTrue();
      }
    }
  }

  @Test
  void anAttributeThatRunsOverTheEndMakesItNoMessage() {
    for (int lie : new int[] {5, 6, 100, 65535}) {
      request(Stun.BINDING);
      writer.number(Stun.LIFETIME, 0);
      int length = writer.finish();
      var bytes = Arrays.copyOf(writer.bytes(), length);
      bytes[22] = (byte) (lie >>> 8);
      bytes[23] = (byte) lie;
      assertThat(reader.read(bytes, 0, length)).isEqualTo(StunReader.NOT_STUN);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "12, 3",
    "13, 5",
    "23, 3",
    "24, 2",
    "25, 3",
    "26, 1",
    "34, 7",
    "8, 19",
    "30, 31",
    "6, 0",
    "6, 509",
    "29, 3",
    "18, 4",
    "18, 7",
    "18, 9",
    "32768, 5"
  })
  void anAttributeOfAWrongLengthMakesABadRequest(int attribute, int size) {
    request(Stun.ALLOCATE);
    writer.value(attribute, new byte[size]);
    assertThat(read()).isEqualTo(StunReader.BAD_REQUEST);
  }

  @ParameterizedTest
  @CsvSource({"0, 8", "3, 8", "1, 20", "2, 8", "1, 5", "2, 21"})
  void aPeerOfAnUnknownFamilyOrAWrongLengthMakesABadRequest(int family, int size) {
    request(Stun.CHANNEL_BIND);
    var value = new byte[size];
    value[1] = (byte) family;
    writer.value(Stun.XOR_PEER_ADDRESS, value);
    assertThat(read()).isEqualTo(StunReader.BAD_REQUEST);
  }

  @ParameterizedTest
  @CsvSource({"6", "8", "20", "21", "28", "29", "30", "32770"})
  void anAttributeOfTheProofThatComesTwiceMakesABadRequest(int attribute) {
    request(Stun.ALLOCATE);
    int size =
        switch (attribute) {
          case 8 -> 20;
          case 28, 30 -> 32;
          default -> 4;
        };
    if (attribute == 28) {
      writer.value(Stun.MESSAGE_INTEGRITY, new byte[20]);
    }
    writer.value(attribute, new byte[size]);
    writer.value(attribute, new byte[size]);
    boolean hidden = attribute == 8;
    assertThat(read()).isEqualTo(hidden ? StunReader.OK : StunReader.BAD_REQUEST);
    assertThat(reader.count()).isLessThanOrEqualTo(3);
  }

  @Test
  void aWrongFingerprintMakesItNoMessage() {
    request(Stun.BINDING);
    writer.fingerprint();
    int length = writer.finish();
    writer.bytes()[length - 1] ^= 1;
    assertThat(reader.read(writer.bytes(), 0, length)).isEqualTo(StunReader.NOT_STUN);
  }

  @Test
  void anythingBehindTheFingerprintMakesItNoMessage() {
    request(Stun.BINDING);
    writer.fingerprint();
    writer.number(Stun.LIFETIME, 0);
    assertThat(read()).isEqualTo(StunReader.NOT_STUN);
  }

  @Test
  void sixtyFourAttributesAreReadAndOneMoreIsNot() {
    for (int extra = 0; extra <= 1; extra++) {
      request(Stun.BINDING);
      for (int i = 0; i < 64 + extra; i++) {
        writer.value(Stun.SOFTWARE, new byte[0]);
      }
      assertThat(read()).isEqualTo(extra == 0 ? StunReader.OK : StunReader.NOT_STUN);
    }
  }

  @Test
  void sixteenUnknownAttributesAreToldApart() {
    request(Stun.BINDING);
    for (int i = 0; i < 20; i++) {
      writer.value(0x7000 + i, new byte[0]);
    }
    assertThat(read()).isEqualTo(StunReader.OK);
    assertThat(reader.unknown()).hasSize(16).startsWith(0x7000, 0x7001);
  }

  @Test
  void paddingIsZeroWhateverTheBufferHeldBefore() {
    Arrays.fill(writer.bytes(), (byte) 0xaa);
    request(Stun.BINDING);
    writer.value(Stun.SOFTWARE, new byte[] {1});
    writer.unknown(new int[] {7});
    int length = writer.finish();
    assertThat(Arrays.copyOfRange(writer.bytes(), 25, 28)).containsOnly(0);
    assertThat(Arrays.copyOfRange(writer.bytes(), length - 2, length)).containsOnly(0);
  }

  @ParameterizedTest
  @CsvSource({
    "00010000, false, 20", "00010058, false, 108", "00010059, false, -1", "40010003, false, 8",
    "40010000, false, 4", "4fffffff, false, 65540", "50010000, false, -1", "50010000, true, 4",
    "7fff0001, true, 8", "80000000, true, -1", "16030100, true, -1", "47455420, false, 21540",
    "03ffffff, false, -1", "03fffffc, false, 65552"
  })
  void framesOfAStreamAreToldByTheirFirstFourBytes(String first, boolean wide, int length) {
    assertThat(StreamFrames.length((int) Long.parseLong(first, 16), wide)).isEqualTo(length);
  }

  private void request(int method) {
    writer.begin(Stun.type(method, Stun.REQUEST), new byte[12], 0);
  }

  private int read() {
    return reader.read(writer.bytes(), 0, writer.finish());
  }
}
