package dev.gatehouse.testkit.link;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * A {@link UdpLink} as a program, for a network namespace of its own.
 *
 * <pre>
 * java -cp … dev.gatehouse.testkit.link.LinkProgram LISTEN TARGET SEED IMPAIRMENTS [IMPAIRMENTS]
 * </pre>
 *
 * <p>{@code LISTEN} and {@code TARGET} are {@code address:port}, with IPv6 addresses in brackets;
 * the impairments are those for datagrams to the target and from it, as {@link Impairments#parse}
 * reads them. Says {@code link ready}; then each line of its standard input is an order, and is
 * answered by a line:
 *
 * <ul>
 *   <li>{@code blackout} and {@code mend}
 *   <li>{@code impair IMPAIRMENTS [IMPAIRMENTS]}
 *   <li>{@code counters}
 * </ul>
 *
 * <p>Ends with its standard input.
 *
 * @since 0.1.0
 */
public final class LinkProgram {

  private LinkProgram() {}

  /** The program. */
  public static void main(String[] arguments) throws IOException {
    var up = Impairments.parse(arguments[3]);
    var down = arguments.length > 4 ? Impairments.parse(arguments[4]) : up;
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (var link =
        UdpLink.open(
            endpoint(arguments[0]),
            endpoint(arguments[1]),
            up,
            down,
            Long.parseLong(arguments[2]))) {
      System.out.println("link ready");
      for (var line = input.readLine(); line != null; line = input.readLine()) {
        System.out.println(answer(link, line.strip().split(" ", -1)));
      }
    }
  }

  private static String answer(UdpLink link, String[] order) {
    switch (order[0]) {
      case "blackout" -> link.blackout(true);
      case "mend" -> link.blackout(false);
      case "impair" -> {
        var up = Impairments.parse(order[1]);
        link.impair(up, order.length > 2 ? Impairments.parse(order[2]) : up);
      }
      case "counters" -> {
        return "done: up " + link.up() + " down " + link.down();
      }
      default -> {
        return "unknown order " + order[0];
      }
    }
    return "done: " + order[0];
  }

  private static InetSocketAddress endpoint(String text) {
    int colon = text.lastIndexOf(':');
    var host = text.substring(0, colon).replaceAll("[\\[\\]]", "");
    return new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
  }
}
