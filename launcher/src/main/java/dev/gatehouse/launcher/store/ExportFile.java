package dev.gatehouse.launcher.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.store.StoreSnapshot;
import dev.gatehouse.launcher.log.Json;
import dev.gatehouse.launcher.remote.Answer;
import dev.gatehouse.launcher.remote.OwnerFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The contents of a store as JSON Lines. The first line says how many of everything follow, so that
 * a file that was cut short is not taken for a smaller store.
 */
final class ExportFile {

  private static final String MARK = "gatehouse-store";
  private static final int FORMAT = 1;
  private static final int PORTION = 1 << 20;

  private ExportFile() {}

  /** Writes a new file, mode 0600. */
  static void write(Path file, StoreSnapshot contents, Instant now) {
    try (var out = OwnerFile.create(file)) {
      var text = new StringBuilder(PORTION + 4096);
      var header = new LinkedHashMap<String, Object>();
      header.put(MARK, FORMAT);
      header.put("version", contents.version());
      header.put("exported-at", now.toString());
      header.put("clients", contents.clients().size());
      header.put("resources", contents.resources().size());
      header.put("authorizations", contents.authorizations().size());
      line(out, text, header);
      for (var client : contents.clients()) {
        line(out, text, StoreLine.of(client));
      }
      for (var resource : contents.resources()) {
        line(out, text, StoreLine.of(resource));
      }
      for (var authorization : contents.authorizations()) {
        line(out, text, StoreLine.of(authorization));
      }
      out.write(text.toString().getBytes(UTF_8));
      out.complete();
    } catch (IOException e) {
      throw new GatehouseException(
          StandardErrorCode.STORE_UNAVAILABLE,
          "The export " + file + " cannot be written (" + e.getMessage() + ").",
          "Free some space, or choose another place.",
          e);
    }
  }

  private static void line(OwnerFile out, StringBuilder text, Map<String, ?> object)
      throws IOException {
    Json.value(text, object);
    text.append('\n');
    if (text.length() >= PORTION) {
      out.write(text.toString().getBytes(UTF_8));
      text.setLength(0);
    }
  }

  /** Whether a file begins as an export does. */
  static boolean isExport(Path file) {
    try (var in = Files.newInputStream(file)) {
      return new String(in.readNBytes(MARK.length() + 3), UTF_8).equals("{\"" + MARK + "\"");
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Reads a whole file.
   *
   * @throws GatehouseException if it is not a complete export, with the line that is wrong
   */
  static StoreSnapshot read(Path file) {
    try (var lines = Files.newBufferedReader(file)) {
      return read(file, lines);
    } catch (CharacterCodingException e) {
      throw refused(file, "is not UTF-8 text", e);
    } catch (IOException e) {
      throw refused(file, "cannot be read", e);
    }
  }

  private static StoreSnapshot read(Path file, BufferedReader lines) throws IOException {
    var clients = new ArrayList<Client>();
    var resources = new ArrayList<Resource>();
    var authorizations = new ArrayList<Authorization>();
    var header = new StoreLine(Map.of());
    int number = 0;
    for (var text = lines.readLine(); text != null; text = lines.readLine()) {
      number++;
      if (text.isBlank()) {
        continue;
      }
      try {
        var line = parsed(text);
        if (number == 1) {
          header = checked(line);
        } else if (line.isAuthorization()) {
          authorizations.add(line.authorization());
        } else if (line.isClient()) {
          clients.add(line.client());
        } else if (line.isResource()) {
          resources.add(line.resource());
        } else {
          throw StoreLine.wrong("it is neither client, resource nor authorization");
        }
      } catch (GatehouseException e) {
        // Never the line itself: it may hold a key.
        throw refused(file, "is wrong in line " + number + ": " + e.problem(), e);
      }
    }
    if (number == 0) {
      throw refused(file, "is empty", null);
    }
    compare(file, "clients", header.number("clients"), clients.size());
    compare(file, "resources", header.number("resources"), resources.size());
    compare(file, "authorizations", header.number("authorizations"), authorizations.size());
    return new StoreSnapshot(
        header.number("version"),
        List.copyOf(clients),
        List.copyOf(resources),
        List.copyOf(authorizations));
  }

  private static StoreLine parsed(String text) {
    return new StoreLine(
        Answer.parse(text.getBytes(UTF_8))
            .orElseThrow(() -> StoreLine.wrong("it is not a JSON object"))
            .fields());
  }

  private static StoreLine checked(StoreLine line) {
    if (line.number(MARK) < 0) {
      throw StoreLine.wrong("it does not say that this is the export of a store");
    }
    if (line.number(MARK) != FORMAT) {
      throw StoreLine.wrong("its format " + line.number(MARK) + " belongs to another release");
    }
    return line;
  }

  private static void compare(Path file, String what, long promised, long found) {
    if (promised != found) {
      throw refused(file, "promises " + promised + " " + what + " but holds " + found, null);
    }
  }

  private static GatehouseException refused(Path file, String how, @Nullable Throwable cause) {
    return new GatehouseException(
        StandardErrorCode.REQUEST_INVALID,
        "The file " + file + " " + how + (how.endsWith(".") ? "" : "."),
        "Nothing was changed. Name a file that 'gatehouse store export' wrote.",
        cause);
  }
}
