package dev.gatehouse.launcher.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.launcher.config.TimeSpans;
import dev.gatehouse.launcher.log.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.concurrent.Callable;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Makes time-limited credentials from the shared secret (draft-uberti-behave-turn-rest-00): the
 * user is the second they expire in, a colon and a name; the password is the HMAC-SHA1 of the user
 * under the secret, in Base64. No relay needs to run.
 */
@Command(
    name = "credentials",
    description = "Make a user and a password from the relay's secret file.")
final class RelayCredentialsCommand implements Callable<Integer> {

  private static final Duration LONGEST = Duration.ofDays(366);

  private final Console console;

  @Mixin private RelayOptions options = new RelayOptions();

  @Option(
      names = "--user",
      paramLabel = "NAME",
      description = "The name within the user.",
      defaultValue = "test")
  private String name = "test";

  @Option(
      names = "--for",
      paramLabel = "SPAN",
      description = "How long they last, for example 15m or 8h.",
      defaultValue = "1h")
  private String span = "1h";

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  RelayCredentialsCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    CheckCommand.quietLogging(console);
    var lasting =
        TimeSpans.parse(span)
            .filter(one -> one.isPositive() && one.compareTo(LONGEST) <= 0)
            .orElseThrow(() ->
                new GatehouseException(
                    StandardErrorCode.REQUEST_INVALID,
                    "--for must be a time span from 1s to 366d, not \"" + span + "\".",
                    "Write for example --for 8h."));
    if (!name.matches("[\\p{Graph}&&[^:]]{1,200}")) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "--user must be 1 to 200 visible ASCII characters without colon.",
          "Choose another name.");
    }
    var secret = secret();
    try {
      var user = Instant.now().plus(lasting).getEpochSecond() + ":" + name;
      print(user, password(user, secret));
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
    return ExitCode.OK.number();
  }

  private void print(String user, String password) {
    if (json) {
      var fields = new LinkedHashMap<String, Object>();
      fields.put("user", user);
      fields.put("password", password);
      var text = new StringBuilder();
      Json.value(text, fields);
      console.out().println(text);
    } else {
      console.out().println("user      " + user);
      console.out().println("password  " + password);
    }
  }

  private static String password(String user, byte[] secret) {
    try {
      var mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(secret, "HmacSHA1"));
      return Base64.getEncoder().encodeToString(mac.doFinal(user.getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new GatehouseException(
          StandardErrorCode.INTERNAL,
          "This Java virtual machine does not offer HMAC-SHA1.",
          "Use one whose security providers are not restricted.",
          e);
    }
  }

  /** The file's content without the white space around it, as the relay reads it. */
  private byte[] secret() {
    var file = secretFile();
    try {
      var bytes = Files.readAllBytes(file);
      int from = 0;
      int to = bytes.length;
      while (from < to && isSpace(bytes[from])) {
        from++;
      }
      while (to > from && isSpace(bytes[to - 1])) {
        to--;
      }
      var secret = Arrays.copyOfRange(bytes, from, to);
      Arrays.fill(bytes, (byte) 0);
      if (secret.length == 0) {
        throw new GatehouseException(
            StandardErrorCode.CONFIGURATION_INVALID,
            "The secret file " + file + " is empty.",
            "Write a secret into it, for example with 'openssl rand -hex 32'.");
      }
      return secret;
    } catch (IOException e) {
      throw new GatehouseException(
          StandardErrorCode.CONFIGURATION_UNREADABLE,
          "The secret file " + file + " cannot be read (" + e.getClass().getSimpleName() + ").",
          "Name the relay's file with --secret-file, and run as a user who may read it.",
          e);
    }
  }

  private Path secretFile() {
    return options
        .source(console.surroundings())
        .section(RelayOptions.SECTION, new ArrayList<>())
        .path("secret-file")
        .optional()
        .orElseThrow(() ->
            new GatehouseException(
                StandardErrorCode.CONFIGURATION_INVALID,
                "No secret file is named.",
                "Set secret-file in [relay], or use --secret-file."));
  }

  private static boolean isSpace(byte octet) {
    return octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n';
  }
}
