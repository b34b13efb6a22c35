package dev.gatehouse.api.model;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Where a resource lies.
 *
 * @since 0.1.0
 */
public sealed interface Destination {

  /**
   * A network or a single address.
   *
   * @param network the network
   */
  record Network(Cidr network) implements Destination {
    @Override
    public String toString() {
      return network.toString();
    }
  }

  /**
   * Names in the DNS. In the pattern {@code *} stands for one label, {@code **} for any number of
   * labels and {@code ?} for one character.
   *
   * @param pattern a lower-case pattern without a trailing dot
   */
  record DnsName(String pattern) implements Destination {
    private static final Pattern VALID = Pattern.compile("[a-z0-9_?*.-]{1,253}");

    /** Checks and normalizes the pattern. */
    public DnsName {
      pattern = pattern.toLowerCase(Locale.ROOT);
      if (pattern.endsWith(".")) {
        pattern = pattern.substring(0, pattern.length() - 1);
      }
      if (!VALID.matcher(pattern).matches() || pattern.startsWith(".") || pattern.contains("..")) {
        throw new GatehouseException(
            StandardErrorCode.REQUEST_INVALID,
            "'" + Texts.shown(pattern) + "' is not a DNS name pattern.",
            "Write a name such as git.example.com, *.example.com or **.example.com.");
      }
    }

    @Override
    public String toString() {
      return pattern;
    }
  }

  /** Everything that is not more specific: the Internet. */
  record Internet() implements Destination {
    @Override
    public String toString() {
      return "internet";
    }
  }

  /**
   * Reads {@code internet}, an address, a network or a DNS name pattern; {@link Object#toString()}
   * gives the same form back.
   *
   * @throws GatehouseException if the text is none of these
   */
  static Destination parse(String text) {
    if (text.equals("internet")) {
      return new Internet();
    }
    if (text.indexOf('/') >= 0 || text.indexOf(':') >= 0 || text.matches("[0-9.]+")) {
      return new Network(Cidr.parse(text));
    }
    return new DnsName(text);
  }
}
