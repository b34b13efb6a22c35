package dev.gatehouse.admin.core.uapi;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import java.time.Duration;
import java.util.Arrays;

/** The values of the protocol. Texts of secrets are never made into strings. */
final class Values {

  private Values() {}

  static Refusal invalid(String problem, String fix) {
    return new Refusal(Errno.INVALID, problem, fix);
  }

  /** 32 bytes from 64 hexadecimal digits. */
  private static byte[] key(String name, byte[] text) throws Refusal {
    var bytes = new byte[SecretKey.LENGTH];
    boolean valid = text.length == 2 * bytes.length;
    for (int i = 0; valid && i < bytes.length; i++) {
      int high = Character.digit((char) text[2 * i], 16);
      int low = Character.digit((char) text[2 * i + 1], 16);
      valid = high >= 0 && low >= 0;
      bytes[i] = (byte) (high << 4 | low);
    }
    if (!valid) {
      Arrays.fill(bytes, (byte) 0);
      throw invalid("The value of " + name + " is not a key.", "Give 64 hexadecimal digits.");
    }
    return bytes;
  }

  static SecretKey secret(String name, byte[] text) throws Refusal {
    var bytes = key(name, text);
    try {
      return SecretKey.of(bytes);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  static PublicKey publicKey(String name, byte[] text) throws Refusal {
    return PublicKey.of(key(name, text));
  }

  /** Decimal digits and nothing else. */
  static long number(String name, byte[] text, long largest) throws Refusal {
    long value = 0;
    boolean valid = text.length > 0 && text.length <= 10;
    for (int i = 0; valid && i < text.length; i++) {
      valid = text[i] >= '0' && text[i] <= '9';
      value = 10 * value + (text[i] - '0');
    }
    if (!valid || value > largest) {
      throw invalid(
          "The value of " + name + " is not a number from 0 to " + largest + ".",
          "Give it in decimal digits.");
    }
    return value;
  }

  static Duration seconds(String name, byte[] text) throws Refusal {
    return Duration.ofSeconds(number(name, text, 65535));
  }

  /** The protocol knows no {@code false}: what is not wanted is left out. */
  static boolean yes(String name, String text) throws Refusal {
    if (!text.equals("true")) {
      throw invalid("The value of " + name + " is not 'true'.", "Leave the line out otherwise.");
    }
    return true;
  }

  static Endpoint endpoint(String text) throws Refusal {
    try {
      var endpoint = Endpoint.parse(text);
      if (endpoint.port() > 0 && !endpoint.address().isUnspecified()) {
        return endpoint;
      }
    } catch (GatehouseException e) {
      // falls through to the one answer for all of them
    }
    throw invalid(
        "The value of endpoint is not an address with a port.",
        "Write 192.0.2.1:51820 or [2001:db8::1]:51820, without a zone.");
  }

  static PeerChange.AllowedIp allowedIp(String text) throws Refusal {
    boolean remove = text.startsWith("-");
    var network = remove ? text.substring(1) : text;
    if (network.indexOf('/') > 0) {
      try {
        return new PeerChange.AllowedIp(Cidr.parse(network), remove);
      } catch (GatehouseException e) {
        // falls through to the one answer for all of them
      }
    }
    throw invalid(
        "The value of allowed_ip is not a network.", "Write 100.64.0.5/32 or fd00:6a7e::5/128.");
  }
}
