package dev.gatehouse.relay.core.stun;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.IpAddress;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/**
 * RFC 5769, RFC 8489 appendix B.1 as corrected, and a message in the shape of Firezone's client.
 */
class VectorsTest {

  private static final String SHORT_TERM = "VOkJxbRl1RmTxUk/WvJxBt";
  private static final String MATRIX = "マトリックス";

  static final byte[] REQUEST =
      hex(
          "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74"
              + "002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020"
              + "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf");
  static final byte[] RESPONSE_V4 =
      hex(
          "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220"
              + "002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
              + "80280004c07d4c96");
  static final byte[] RESPONSE_V6 =
      hex(
          "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220"
              + "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
              + "00080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c");
  static final byte[] LONG_TERM =
      hex(
          "000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b9"
              + "00000015001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b"
              + "6578616d706c652e6f72670000080014f67024656dd64a3e02b8e0712e85c9a28ca89666");
  static final byte[] SHA256 =
      hex(
          "000100902112a44278ad3433c6ad72c029da412e001e0020"
              + "4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704"
              + "001500296f624d61744a6f733241414143662f2f3439396b39353464364f4c33346f4c394653547679"
              + "363473410000000014000b6578616d706c652e6f726700001d000400020000001c0020"
              + "b5c7bf005b6c52a21c51c5e892f81924136296cb927c43149309278cc6518e65");

  static final byte[] FIREZONE =
      hex(
          "000300882112a4420102030405060708090a0b0c001900041100000080000004020000008022000773"
              + "6e6f776e6574000006001b313638353938343237383a757664674b7653394758595a5f766d760000"
              + "140008666972657a6f6e650015002430303030303030302d303030302d343030302d383030302d"
              + "3030303030303030303030310008001483d767bcf523bfd4555d8b7aefcf898b4a07c93c");

  private final StunReader reader = new StunReader();
  private final Integrity integrity = new Integrity();

  @Test
  void theRequestIsReadAndItsMacIsRight() {
    read(REQUEST);
    assertThat(reader.method()).isEqualTo(Stun.BINDING);
    assertThat(reader.messageClass()).isEqualTo(Stun.REQUEST);
    assertThat(reader.text(Stun.USERNAME)).isEqualTo("evtj:h6vY");
    assertThat(reader.text(Stun.SOFTWARE)).isEqualTo("STUN test client");
    assertThat(reader.hasFingerprint()).isTrue();
    assertThat(reader.unknown()).containsExactly(0x0024);
    assertThat(sha1(SHORT_TERM.getBytes(UTF_8))).isTrue();
  }

  @Test
  void theIpv4ResponseHoldsTheAddress() {
    read(RESPONSE_V4);
    assertThat(reader.messageClass()).isEqualTo(Stun.SUCCESS);
    mapped("192.0.2.1", Stun.IPV4);
    assertThat(sha1(SHORT_TERM.getBytes(UTF_8))).isTrue();
  }

  @Test
  void theIpv6ResponseHoldsTheAddress() {
    read(RESPONSE_V6);
    mapped("2001:db8:1234:5678:11:2233:4455:6677", Stun.IPV6);
    assertThat(sha1(SHORT_TERM.getBytes(UTF_8))).isTrue();
  }

  @Test
  void theLongTermRequestIsSignedWithTheMd5Key() {
    read(LONG_TERM);
    var key = integrity.md5Key(MATRIX.getBytes(UTF_8), "example.org", bytes("TheMatrIX"));
    assertThat(HexFormat.of().formatHex(key)).isEqualTo("e8ca7ad59d5eb0518e312911d2dab2a9");
    assertThat(reader.text(Stun.USERNAME)).isEqualTo(MATRIX);
    assertThat(sha1(key)).isTrue();
  }

  @Test
  void theSha256RequestHasUserhashAndTheSha256Key() {
    read(SHA256);
    assertThat(reader.value(Stun.USERHASH))
        .isEqualTo(integrity.userhash(MATRIX.getBytes(UTF_8), "example.org"));
    var key = integrity.sha256Key(MATRIX.getBytes(UTF_8), "example.org", bytes("TheMatrIX"));
    assertThat(reader.verify(integrity, Stun.MESSAGE_INTEGRITY_SHA256, key)).isTrue();
    assertThat(reader.firstU16(Stun.PASSWORD_ALGORITHM)).isEqualTo(Stun.ALGORITHM_SHA256);
  }

  @Test
  void theFirezoneRequestIsSignedWithTheKeyOfItsScheme() {
    read(FIREZONE);
    var key =
        integrity.md5Key(
            reader.value(Stun.USERNAME),
            "firezone",
            bytes("6xUIoZ+QvxKhRasLifwfRkMXl+ETLJUsFkHlXjlHAkg"));
    assertThat(HexFormat.of().formatHex(key)).isEqualTo("a1628ea75a65270505a90953534885c2");
    assertThat(sha1(key)).isTrue();
    assertThat(reader.u8(Stun.ADDITIONAL_ADDRESS_FAMILY)).isEqualTo(Stun.IPV6);
  }

  @Test
  void everyFlippedBitBeforeTheMacIsNoticed() {
    for (var vector : new byte[][] {REQUEST, RESPONSE_V4, RESPONSE_V6}) {
      for (int bit = 0; bit < 8 * vector.length; bit++) {
        var damaged = vector.clone();
        damaged[bit / 8] ^= (byte) (1 << (bit % 8));
        boolean taken =
            reader.read(damaged, 0, damaged.length) == StunReader.OK && reader.hasFingerprint();
        assertThat(taken).as("bit " + bit).isFalse();
      }
    }
  }

  @Test
  void everyFlippedBitOfALongTermRequestFailsItsMac() {
    var key = integrity.md5Key(MATRIX.getBytes(UTF_8), "example.org", bytes("TheMatrIX"));
    for (int bit = 0; bit < 8 * LONG_TERM.length; bit++) {
      var damaged = LONG_TERM.clone();
      damaged[bit / 8] ^= (byte) (1 << (bit % 8));
      boolean taken = reader.read(damaged, 0, damaged.length) == StunReader.OK && sha1(key);
      assertThat(taken).as("bit " + bit).isFalse();
    }
  }

  @Test
  void everyTruncationIsNoMessage() {
    for (var vector : new byte[][] {REQUEST, RESPONSE_V4, LONG_TERM, SHA256, FIREZONE}) {
      for (int length = 0; length < vector.length; length++) {
        assertThat(reader.read(vector, 0, length)).isEqualTo(StunReader.NOT_STUN);
      }
    }
  }

  @Test
  void whatTheWriterSignsAndSealsReadsBack() {
    var writer = new StunWriter(512);
    var key = bytes("key");
    for (boolean isSha256 : new boolean[] {false, true}) {
      writer.begin(Stun.type(Stun.ALLOCATE, Stun.SUCCESS), REQUEST, Stun.TRANSACTION);
      writer.text(Stun.SOFTWARE, "abc");
      var v6 = IpAddress.parse("2001:db8:1234:5678:11:2233:4455:6677");
      writer.xorAddress(Stun.XOR_RELAYED_ADDRESS, v6.high(), v6.low(), 32853);
      writer.sign(integrity, key, isSha256);
      writer.fingerprint();
      int length = writer.finish();
      assertThat(reader.read(writer.bytes(), 0, length)).isEqualTo(StunReader.OK);
      int attribute = isSha256 ? Stun.MESSAGE_INTEGRITY_SHA256 : Stun.MESSAGE_INTEGRITY;
      assertThat(reader.verify(integrity, attribute, key)).isTrue();
      assertThat(reader.hasFingerprint()).isTrue();
      assertThat(reader.xorAddress(reader.find(Stun.XOR_RELAYED_ADDRESS))).isTrue();
      assertThat(new IpAddress(reader.high(), reader.low())).isEqualTo(v6);
      assertThat(reader.port()).isEqualTo(32853);
    }
  }

  private void read(byte[] vector) {
    assertThat(reader.read(vector, 0, vector.length)).isEqualTo(StunReader.OK);
  }

  private void mapped(String address, int family) {
    assertThat(reader.xorAddress(reader.find(Stun.XOR_MAPPED_ADDRESS))).isTrue();
    assertThat(new IpAddress(reader.high(), reader.low())).isEqualTo(IpAddress.parse(address));
    assertThat(reader.port()).isEqualTo(32853);
    assertThat(reader.family()).isEqualTo(family);
  }

  private boolean sha1(byte[] key) {
    return reader.verify(integrity, Stun.MESSAGE_INTEGRITY, key);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }
}
