package dev.gatehouse.launcher.plugin;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Versions of the api a plugin says it works with.
 *
 * @param from the lowest
 * @param to the highest; empty for all that have the same first number
 */
public record ApiRange(ApiVersion from, Optional<ApiVersion> to) {

  private static final Pattern FORM = Pattern.compile("(\\S+?)(?:\\s*-\\s*(\\S+))?");

  /** Reads {@code 1.2}, or {@code 1.2 - 1.4} with both ends included; empty for anything else. */
  public static Optional<ApiRange> parse(String text) {
    var match = FORM.matcher(text.strip());
    if (!match.matches()) {
      return Optional.empty();
    }
    var from = ApiVersion.parse(match.group(1));
    if (from.isEmpty()) {
      return Optional.empty();
    }
    if (match.group(2) == null) {
      return Optional.of(new ApiRange(from.get(), Optional.empty()));
    }
    return ApiVersion.parse(match.group(2))
        .filter(to -> to.serves(from.get()))
        .map(to -> new ApiRange(from.get(), Optional.of(to)));
  }

  /** Whether a version is in the range; what stands behind the second number does not count. */
  public boolean holds(ApiVersion version) {
    return version.serves(from)
        && to.filter(highest -> version.minor() > highest.minor()).isEmpty();
  }

  @Override
  public String toString() {
    return to.map(highest -> from.text() + " - " + highest.text()).orElse(from.text());
  }
}
