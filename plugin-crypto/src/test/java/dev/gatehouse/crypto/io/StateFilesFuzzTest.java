package dev.gatehouse.crypto.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.crypto.core.Fuzzer;
import dev.gatehouse.crypto.core.Tai64n;
import dev.gatehouse.testkit.ManualTime;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tunnel's files, damaged in every way: a sentence or a fresh start, never more. */
class StateFilesFuzzTest {

  private static final String KEY = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";
  private static final PublicKey ALICE = PublicKey.parse(KEY);

  @TempDir Path directory;

  private final ManualTime time = new ManualTime();

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void keyFiles() throws Exception {
    var file = directory.resolve("tunnel.key");
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    var fuzzer = new Fuzzer("key-file", input -> input);
    fuzzer.example(text(KEY + "\n"));
    fuzzer.run(
        3_000,
        input -> {
          Files.write(file, input);
          try (var key = KeyFile.read(file)) {
            return key.toString();
          } catch (GatehouseException e) {
            assertThat(e.getMessage()).doesNotContain(KEY);
            return e.code().toString();
          }
        });
  }

  @Test
  void markOfStamps() throws Exception {
    var file = directory.resolve("tunnel.stamp");
    var fuzzer = new Fuzzer("stamp-file", input -> input);
    fuzzer.example(text("400000006955b900" + "00000000" + "\n"));
    fuzzer.run(
        200,
        input -> {
          Files.write(file, input);
          var stamps = new StampFile(file, time, Runnable::run);
          assertThat(Tai64n.isAfter(stamps.next(), stamps.next())).isFalse();
          return Long.toString(Files.size(file));
        });
  }

  @Test
  void stampsOfPeers() throws Exception {
    var file = directory.resolve("tunnel.initiations");
    var fuzzer = new Fuzzer("initiation-file", input -> input);
    fuzzer.example(text(KEY + " 400000006955b90000000000\n" + KEY + " 400000006955b90000000001\n"));
    fuzzer.run(
        3_000,
        input -> {
          Files.write(file, input);
          var stamp = new InitiationFile(file, time, Runnable::run).newest(ALICE);
          assertThat(stamp == null || stamp.length == Tai64n.LENGTH).isTrue();
          return stamp == null ? "none" : "one";
        });
  }

  @Test
  void lastKnownEndpoints() throws Exception {
    var file = directory.resolve("tunnel.endpoints");
    var fuzzer = new Fuzzer("endpoint-file", input -> input);
    fuzzer.example(text(time.now() + "\n" + KEY + " 192.0.2.1:7\n" + KEY + " [2001:db8::1]:9\n"));
    fuzzer.run(
        3_000,
        input -> {
          Files.write(file, input);
          var endpoint = new EndpointFile(file, time, Runnable::run).recall(ALICE);
          return endpoint.isPresent() ? "one" : "none";
        });
  }
}
