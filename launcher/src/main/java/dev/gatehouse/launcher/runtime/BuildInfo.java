package dev.gatehouse.launcher.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * What this program was built from.
 *
 * @param version the release
 * @param revision the source revision, or {@code unknown}
 */
public record BuildInfo(String version, String revision) {

  /** Reads what the build left in the jar. */
  public static BuildInfo read() {
    var properties = new Properties();
    try (var stream = BuildInfo.class.getResourceAsStream("build.properties")) {
      if (stream != null) {
        properties.load(stream);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new BuildInfo(
        properties.getProperty("version", "unknown"),
        properties.getProperty("revision", "unknown"));
  }

  /** The Java virtual machine that runs it. */
  public static String java() {
    return System.getProperty("java.vendor.version", System.getProperty("java.vendor", ""))
        + " "
        + Runtime.version();
  }

  /** The operating system and processor. */
  public static String system() {
    return System.getProperty("os.name")
        + " "
        + System.getProperty("os.version")
        + " "
        + System.getProperty("os.arch");
  }
}
