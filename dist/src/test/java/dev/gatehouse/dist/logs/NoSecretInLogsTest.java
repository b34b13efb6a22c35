package dev.gatehouse.dist.logs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.TestSecrets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs behind all other tests (see {@code dist/pom.xml}) and looks through everything they have
 * left in the {@code target} directories of all modules: reports, captured output, logs.
 */
class NoSecretInLogsTest {

  @TempDir Path work;

  @Test
  void noSecretIsInAnyLogOrReportOfTheWholeTestSuite() throws IOException {
    var secrets = new Secrets(registered());
    try (var modules = Files.list(Bundle.sources())) {
      for (var module :
          modules.map(each -> each.resolve("target")).filter(Files::isDirectory).toList()) {
        for (var place : Set.of("surefire-reports", "failsafe-reports", "logs")) {
          if (Files.isDirectory(module.resolve(place))) {
            secrets.in(module.resolve(place));
          }
        }
      }
    }
    assertThat(secrets.files()).as("files that were searched").isPositive();
    assertThat(secrets.found()).as("secrets in logs and reports").isEmpty();
  }

  private static Set<String> registered() throws IOException {
    var all = new HashSet<String>();
    try (var modules = Files.list(Bundle.sources())) {
      for (var module : modules.toList()) {
        all.addAll(TestSecrets.registered(module));
      }
    }
    return all;
  }

  @Test
  void aPrivateKeyIsFoundBesideItsPublicKey() throws IOException {
    var secret = new byte[32];
    secret[0] = 77;
    var open = new byte[32];
    X25519.scalarMultBase(secret, 0, open, 0);
    plant("gateway.log", "public-key=" + Base64.getEncoder().encodeToString(open));
    assertThat(new Secrets(Set.of()).in(work).found()).isEmpty();

    plant("other.txt", "key " + Base64.getEncoder().encodeToString(secret) + " used");
    assertThat(new Secrets(Set.of()).in(work).found())
        .singleElement()
        .asString()
        .contains("other.txt", "private key");

    plant("other.txt", "key " + HexFormat.of().formatHex(secret));
    assertThat(new Secrets(Set.of()).in(work).found()).hasSize(1);
  }

  @Test
  void whatLooksLikeASecretIsFound() throws IOException {
    for (var line :
        new String[] {
          "-----BEGIN PRIVATE KEY-----",
          "PrivateKey = " + "A".repeat(42) + "E=",
          "preshared_key=" + "0a".repeat(32),
          "Authorization: Bearer abcdefgh12345678",
          "password=correct-horse",
        }) {
      plant("some.log", "before\n" + line + "\nafter");
      assertThat(new Secrets(Set.of()).in(work).found()).as(line).hasSize(1);
    }
    plant("some.log", "preshared_key=" + "00".repeat(32) + " public-key=x password-file=/a/b");
    assertThat(new Secrets(Set.of()).in(work).found()).isEmpty();
  }

  @Test
  void whatATestRegisteredIsFound() throws IOException {
    TestSecrets.register(work, "turn-secret-of-a-test");
    plant("some.log", "user=u secret turn-secret-of-a-test");

    assertThat(new Secrets(TestSecrets.registered(work)).in(work).found())
        .singleElement()
        .asString()
        .contains("some.log:1")
        .doesNotContain("turn-secret");
  }

  private void plant(String name, String text) throws IOException {
    Files.writeString(work.resolve(name), text);
  }
}
