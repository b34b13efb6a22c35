package dev.gatehouse.api.spi;

import java.util.regex.Pattern;

/**
 * The id of a plugin: unique in one installation, used in the configuration and in messages.
 *
 * @param value lower-case words and digits joined by '-', at most 40 characters
 * @since 0.1.0
 */
public record PluginId(String value) implements Comparable<PluginId> {

  private static final Pattern VALID = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");

  /** Checks the form. */
  public PluginId {
    if (value.length() > 40 || !VALID.matcher(value).matches()) {
      throw new IllegalArgumentException("'" + value + "' is not a plugin id");
    }
  }

  @Override
  public int compareTo(PluginId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
