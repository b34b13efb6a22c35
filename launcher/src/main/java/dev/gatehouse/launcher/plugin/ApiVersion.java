package dev.gatehouse.launcher.plugin;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A version of the api module.
 *
 * @param major plugins work with the same number only
 * @param minor plugins work with the same number or a higher one
 * @param text the version in full
 */
public record ApiVersion(int major, int minor, String text) {

  private static final Pattern FORM = Pattern.compile("([0-9]{1,6})\\.([0-9]{1,6})([.+-].*)?");

  /** Reads {@code 1.4}, {@code 1.4.2} or {@code 1.4.2-rc1}; empty for anything else. */
  public static Optional<ApiVersion> parse(String text) {
    var match = FORM.matcher(text);
    return match.matches()
        ? Optional.of(
            new ApiVersion(
                Integer.parseInt(match.group(1)), Integer.parseInt(match.group(2)), text))
        : Optional.empty();
  }

  /** Whether a plugin that was built against {@code built} runs on this version. */
  public boolean serves(ApiVersion built) {
    return built.major == major && built.minor <= minor;
  }
}
