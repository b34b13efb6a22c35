package dev.gatehouse.launcher.config;

import java.util.Optional;

/**
 * One key as the configuration reference shows it.
 *
 * @param key the name within its section
 * @param type what values look like
 * @param byDefault the value if the key is absent, or how the key is to be treated then
 * @param meaning one sentence, if the reader gave one
 * @param live whether a new value takes effect while the gateway runs
 */
public record KeyDescription(
    String key, String type, String byDefault, Optional<String> meaning, boolean live) {}
