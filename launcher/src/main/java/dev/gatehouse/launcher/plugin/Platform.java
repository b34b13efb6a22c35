package dev.gatehouse.launcher.plugin;

import java.util.Locale;

/** The machine's name as plugins write it: {@code linux-x86_64}, {@code windows-x86_64}, …. */
final class Platform {

  private Platform() {}

  /** This machine's. */
  static String here() {
    return of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
  }

  static String of(String system, String processor) {
    var name = system.toLowerCase(Locale.ROOT);
    var os = name.startsWith("windows") ? "windows" : name.startsWith("mac") ? "macos" : name;
    var arch =
        switch (processor) {
          case "amd64", "x86_64" -> "x86_64";
          case "arm64", "aarch64" -> "aarch64";
          default -> processor;
        };
    return os.replaceAll("[^a-z0-9]", "") + "-" + arch;
  }
}
