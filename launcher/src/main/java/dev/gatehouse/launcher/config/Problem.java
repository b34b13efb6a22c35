package dev.gatehouse.launcher.config;

/**
 * Something a user has to change before the gateway can start.
 *
 * @param key where, as a path such as {@code tun.mtu}; empty if no single key is at fault
 * @param sentence what is wrong and what would be right
 */
public record Problem(String key, String sentence) {

  @Override
  public String toString() {
    return key.isEmpty() ? sentence : key + ": " + sentence;
  }
}
