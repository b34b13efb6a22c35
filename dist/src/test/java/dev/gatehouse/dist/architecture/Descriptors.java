package dev.gatehouse.dist.architecture;

import java.lang.module.ModuleDescriptor;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Module descriptors as text: sorted, one fact per line, without versions of what is required. */
final class Descriptors {

  private Descriptors() {}

  static String describe(ModuleDescriptor descriptor) {
    var lines = new TreeSet<String>();
    for (var requires : descriptor.requires()) {
      lines.add("requires " + words(requires.modifiers()) + requires.name());
    }
    for (var exports : descriptor.exports()) {
      lines.add("exports " + exports.source() + to(exports.targets()));
    }
    for (var opens : descriptor.opens()) {
      lines.add("opens " + opens.source() + to(opens.targets()));
    }
    for (var uses : descriptor.uses()) {
      lines.add("uses " + uses);
    }
    for (var provides : descriptor.provides()) {
      lines.add(
          "provides " + provides.service() + " with " + String.join(", ", provides.providers()));
    }
    return "module "
        + descriptor.name()
        + lines.stream().collect(Collectors.joining("\n  ", "\n  ", "\n"));
  }

  private static String words(Set<ModuleDescriptor.Requires.Modifier> modifiers) {
    return modifiers.stream()
        .map(modifier -> modifier.name().toLowerCase(Locale.ROOT) + " ")
        .sorted()
        .collect(Collectors.joining());
  }

  private static String to(Set<String> targets) {
    return targets.isEmpty() ? "" : " to " + String.join(", ", new TreeSet<>(targets));
  }
}
