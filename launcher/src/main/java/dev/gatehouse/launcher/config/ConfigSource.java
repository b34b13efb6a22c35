package dev.gatehouse.launcher.config;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * A configuration as it was written, before anybody looked at its meaning.
 *
 * @param name what to call it in messages, usually the file
 * @param baseDirectory what relative paths in it are relative to
 * @param root tables as maps, arrays as lists
 */
public record ConfigSource(String name, Path baseDirectory, Map<String, ?> root) {

  private static final long LARGEST = 1 << 20;

  /** Copies the outermost table. */
  public ConfigSource {
    root = Collections.unmodifiableMap(new LinkedHashMap<>(root));
  }

  /** No configuration: everything has its default. */
  public static ConfigSource defaults() {
    return new ConfigSource("the built-in defaults", Path.of("").toAbsolutePath(), Map.of());
  }

  /**
   * Reads a file.
   *
   * @throws GatehouseException if it cannot be read or is not TOML
   */
  public static ConfigSource file(Path file) {
    var absolute = file.toAbsolutePath();
    var parent = absolute.getParent();
    try {
      if (Files.size(absolute) > LARGEST) {
        throw unreadable(absolute, "is larger than 1 MiB", "Name the right file with -c.");
      }
      var text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(Files.readAllBytes(absolute)))
              .toString();
      return parse(file.toString(), parent == null ? absolute : parent, text);
    } catch (NoSuchFileException e) {
      throw unreadable(absolute, "does not exist", "Create it, or name another file with -c.");
    } catch (AccessDeniedException e) {
      throw unreadable(absolute, "may not be read by this user", "Change its owner or mode.");
    } catch (CharacterCodingException e) {
      throw unreadable(absolute, "is not UTF-8 text", "Save it as UTF-8.");
    } catch (IOException e) {
      throw new GatehouseException(
          StandardErrorCode.CONFIGURATION_UNREADABLE,
          "The configuration file " + absolute + " cannot be read: " + e.getMessage() + ".",
          "Name a readable file with -c.",
          e);
    }
  }

  /**
   * Reads a text; relative paths in it are relative to the working directory.
   *
   * @throws GatehouseException if it is not TOML
   */
  public static ConfigSource text(String toml) {
    return parse("the given text", Path.of("").toAbsolutePath(), toml);
  }

  /** Takes values as the TOML parser would give them. */
  public static ConfigSource values(Map<String, ?> root) {
    return new ConfigSource("the given values", Path.of("").toAbsolutePath(), root);
  }

  /**
   * The same with some keys of a section replaced.
   *
   * @param origin what to call them in messages, for example {@code "the command line"}
   */
  public ConfigSource with(String section, Map<String, ?> values, String origin) {
    if (values.isEmpty()) {
      return this;
    }
    var table = new LinkedHashMap<Object, Object>();
    if (root.get(section) instanceof Map<?, ?> existing) {
      table.putAll(existing);
    }
    table.putAll(values);
    var changed = new LinkedHashMap<String, Object>(root);
    changed.put(section, table);
    return new ConfigSource(name + " and " + origin, baseDirectory, changed);
  }

  /** With some keys above the first section set, whatever they were. */
  public ConfigSource with(Map<String, ?> values) {
    var all = new LinkedHashMap<String, Object>(root);
    all.putAll(values);
    return new ConfigSource(name, baseDirectory, all);
  }

  /** With one key of a section set, whatever it was. */
  public ConfigSource with(String section, String key, Object value) {
    var changed = new LinkedHashMap<String, Object>(table(section, new ArrayList<>()));
    changed.put(key, value);
    var all = new LinkedHashMap<String, Object>(root);
    all.put(section, changed);
    return new ConfigSource(name, baseDirectory, all);
  }

  /** A section's table; empty if absent or not a table, the latter being a problem. */
  public Section section(String section, List<Problem> problems) {
    return new Section(section, table(section, problems), baseDirectory, problems);
  }

  private Map<String, ?> table(String section, List<Problem> problems) {
    var value = root.get(section);
    if (value == null) {
      return Map.of();
    }
    if (value instanceof Map<?, ?> table) {
      var copy = new LinkedHashMap<String, Object>();
      for (var entry : table.entrySet()) {
        copy.put(String.valueOf(entry.getKey()), entry.getValue());
      }
      return copy;
    }
    problems.add(
        new Problem(
            section, "must be a section, written as [" + section + "] on a line of its own."));
    return Map.of();
  }

  private static ConfigSource parse(String name, Path baseDirectory, String text) {
    try {
      Map<String, Object> root =
          new TomlMapper().readValue(text, new TypeReference<Map<String, Object>>() {});
      return new ConfigSource(name, baseDirectory, root);
    } catch (JacksonException e) {
      var location = e.getLocation();
      var where =
          location == null || location.getLineNr() < 1
              ? name
              : name + ", line " + location.getLineNr() + ", column " + location.getColumnNr();
      throw new GatehouseException(
          StandardErrorCode.CONFIGURATION_INVALID,
          "The configuration is not valid TOML (" + where + "): " + firstLine(e) + ".",
          "Correct that line; texts stand in quotes, sections in brackets.",
          e);
    }
  }

  private static String firstLine(JacksonException problem) {
    var message = String.valueOf(problem.getOriginalMessage()).lines().findFirst().orElse("");
    return message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
  }

  private static GatehouseException unreadable(Path file, String problem, String fix) {
    return new GatehouseException(
        StandardErrorCode.CONFIGURATION_UNREADABLE,
        "The configuration file " + file + " " + problem + ".",
        fix);
  }
}
