package dev.gatehouse.launcher.runtime;

import java.util.Map;

/** What the start script chose and tells in system properties; an embedding program has none. */
public final class StartProfile {

  private StartProfile() {}

  /** The key {@code profile}: the options' profile, and whether the start was prepared. */
  public static Map<String, String> facts() {
    var profile = System.getProperty("gatehouse.profile");
    if (profile == null) {
      return Map.of();
    }
    return Map.of(
        "profile",
        "yes".equals(System.getProperty("gatehouse.prepared")) ? profile + ", prepared" : profile);
  }
}
