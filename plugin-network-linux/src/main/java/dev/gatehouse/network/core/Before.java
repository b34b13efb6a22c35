package dev.gatehouse.network.core;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What there was before the set-up, written down before anything is changed, so that a gateway that
 * was killed can be tidied up after. It counts for one boot and one network namespace only: any
 * other has its own settings.
 *
 * @param boot the kernel's id of this boot
 * @param namespace the network namespace
 * @param device the interface the rules were for
 * @param filter the program that set the rules, or {@code none}
 * @param parameters the kernel parameters that were changed, by their path below {@code /proc/sys}
 */
public record Before(
    String boot,
    String namespace,
    String device,
    String filter,
    Map<String, Parameter> parameters) {

  private static final String TITLE =
      "# What Gatehouse found before it set up the network; gone when the gateway has stopped.";

  /**
   * One kernel parameter.
   *
   * @param found its value before
   * @param set the value it was given
   */
  public record Parameter(String found, String set) {}

  /** Copies the map and keeps its order. */
  public Before {
    parameters = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }

  /** Whether it tells of this boot and namespace. */
  public boolean isOf(String thisBoot, String thisNamespace) {
    return boot.equals(thisBoot) && namespace.equals(thisNamespace);
  }

  /** With one more parameter; what was found first stays. */
  public Before with(String path, Parameter parameter) {
    var more = new LinkedHashMap<>(parameters);
    more.putIfAbsent(path, parameter);
    return new Before(boot, namespace, device, filter, more);
  }

  /** For rules of an interface that a program sets. */
  public Before forRules(String newDevice, String newFilter) {
    return new Before(boot, namespace, newDevice, newFilter, parameters);
  }

  /** As lines of a file. */
  public List<String> lines() {
    var lines = new ArrayList<String>();
    lines.add(TITLE);
    lines.add("boot " + boot);
    lines.add("namespace " + namespace);
    lines.add("device " + device);
    lines.add("filter " + filter);
    parameters.forEach((path, parameter) ->
        lines.add("parameter " + path + " " + parameter.found() + " " + parameter.set()));
    lines.add("end");
    return lines;
  }

  /** From lines of a file; empty if they are not complete. */
  public static Optional<Before> read(List<String> lines) {
    var values = new LinkedHashMap<String, String>();
    var parameters = new LinkedHashMap<String, Parameter>();
    for (var line : lines) {
      var words = line.split(" ", -1);
      if (line.startsWith("#")) {
        continue;
      }
      if (words[0].equals("parameter") && words.length == 4) {
        parameters.put(words[1], new Parameter(words[2], words[3]));
      } else {
        values.put(words[0], words.length == 2 ? words[1] : "");
      }
    }
    return values.containsKey("end")
        ? Optional.of(
            new Before(
                values.getOrDefault("boot", ""),
                values.getOrDefault("namespace", ""),
                values.getOrDefault("device", ""),
                values.getOrDefault("filter", "none"),
                parameters))
        : Optional.empty();
  }
}
