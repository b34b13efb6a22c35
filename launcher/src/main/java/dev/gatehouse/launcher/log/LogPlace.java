package dev.gatehouse.launcher.log;

import dev.gatehouse.launcher.config.LogConfig;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where log files go.
 *
 * @param directory the directory, made with mode 0750 if it is missing
 * @param name what they are called after: {@code name.log}, and {@code name-date.number.log} once
 *     put aside
 * @param limits how much of them is kept
 * @param facts what the first line of each file says
 */
public record LogPlace(
    Path directory, String name, LogConfig.Limits limits, Map<String, String> facts) {}
