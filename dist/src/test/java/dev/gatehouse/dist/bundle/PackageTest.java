package dev.gatehouse.dist.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The Debian package from installation to purge, by dpkg, in a root of its own. */
@Tag("kernel")
@Timeout(900)
@EnabledOnOs(value = OS.LINUX, architectures = "amd64", disabledReason = "bundles are made there")
class PackageTest {

  @TempDir Path work;

  @BeforeAll
  static void bundlesCanBeMade() {
    Program.needsInventory();
  }

  private BareRoot root() throws IOException {
    Program.needs("dpkg", "dpkg");
    Program.needs("useradd", "passwd");
    Program.needsRoot("installing a package");
    var root =
        new BareRoot(work.resolve("root"))
            .with(
                "bash",
                "cat",
                "chmod",
                "dirname",
                "env",
                "getent",
                "grep",
                "ls",
                "mkdir",
                "mktemp",
                "mv",
                "readlink",
                "rm",
                "rmdir",
                "sed",
                "sh",
                "sleep",
                "stat",
                "touch",
                "true",
                "uname",
                "useradd",
                "userdel");
    var database = root.path().resolve("var/lib/dpkg");
    Files.createDirectories(database.resolve("info"));
    Files.createDirectories(database.resolve("updates"));
    Files.createFile(database.resolve("status"));
    Files.createDirectories(root.path().resolve("etc"));
    Files.writeString(root.path().resolve("etc/login.defs"), "UID_MIN 1000\nSYS_UID_MIN 100\n");
    Files.writeString(root.path().resolve("etc/shadow"), "root:*:19000:0:99999:7:::\n");
    Files.writeString(root.path().resolve("etc/gshadow"), "root:*::\n");
    return root;
  }

  /** What is left out is what a bare root cannot have: other packages, and a manual's index. */
  private static String dpkg(BareRoot root, String... arguments) {
    var words =
        new ArrayList<>(
            List.of(
                "dpkg",
                "--root=" + root.path(),
                "--force-depends",
                "--force-confold",
                "--force-not-root",
                "--log=/dev/null"));
    words.addAll(List.of(arguments));
    return Program.run(words.toArray(String[]::new));
  }

  /** A later release, whose configuration file has changed, too. */
  private Path later(Path deb) throws IOException {
    var tree = work.resolve("later");
    Program.run("dpkg-deb", "--raw-extract", deb.toString(), tree.toString());
    var control = tree.resolve("DEBIAN/control");
    Files.writeString(
        control, Files.readString(control).replaceFirst("(?m)^Version: .*$", "Version: 99.0.0"));
    var configuration = tree.resolve("etc/gatehouse/gatehouse.toml");
    Files.writeString(configuration, Files.readString(configuration) + "\n# new in 99\n");
    var relay = tree.resolve("etc/gatehouse/relay.toml");
    Files.writeString(relay, Files.readString(relay) + "\n# new in 99\n");
    var file = work.resolve("later.deb");
    Program.run(
        "dpkg-deb", "--root-owner-group", "-Znone", "--build", tree.toString(), file.toString());
    return file;
  }

  @Test
  void itIsInstalledUpgradedRemovedAndPurged() throws IOException {
    var deb = Outputs.deb();
    var root = root();
    var at = root.path();

    dpkg(root, "--install", deb.toString());
    assertThat(Files.readString(at.resolve("etc/passwd")))
        .containsPattern(
            "gatehouse:x:[0-9]+:[0-9]+:Gatehouse gateway:/var/lib/gatehouse:"
                + "/usr/sbin/nologin");
    assertThat(root.run("gatehouse", "--version")).startsWith("gatehouse ");
    assertThat(root.run("gatehouse", "check")).contains("Everything is in order");
    for (var file :
        List.of(
            "lib/systemd/system/gatehouse.service",
            "lib/systemd/system/gatehouse-relay.service",
            "usr/lib/sysusers.d/gatehouse.conf",
            "usr/share/man/man1/gatehouse.1.gz",
            "usr/share/man/man1/gatehouse-relay-status.1.gz",
            "usr/share/bash-completion/completions/gatehouse",
            "usr/share/zsh/vendor-completions/_gatehouse",
            "usr/share/fish/vendor_completions.d/gatehouse.fish",
            "usr/share/doc/gatehouse/copyright",
            "usr/share/doc/gatehouse/changelog.gz")) {
      assertThat(at.resolve(file)).isNotEmptyFile();
    }
    assertThat(
            Program.run(
                "sh",
                "-c",
                "find \"$1\" -perm /022 -type f",
                "sh",
                at.resolve("usr/lib/gatehouse").toString()))
        .as("nobody but root may write there")
        .isBlank();

    var key = at.resolve("var/lib/gatehouse/tunnel.key");
    Files.createDirectories(key.getParent());
    Files.writeString(key, "kept");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    var configuration = at.resolve("etc/gatehouse/gatehouse.toml");
    Files.writeString(configuration, "# mine\n");

    dpkg(root, "--install", later(deb).toString());
    assertThat(Files.readString(configuration)).isEqualTo("# mine\n");
    assertThat(Files.readString(at.resolve("etc/gatehouse/gatehouse.toml.dpkg-dist")))
        .contains("new in 99");
    assertThat(Files.readString(at.resolve("etc/gatehouse/relay.toml")))
        .as("what nobody changed is replaced")
        .contains("new in 99");
    assertThat(key).hasContent("kept");
    assertThat(root.run("gatehouse", "--version")).startsWith("gatehouse ");

    dpkg(root, "--remove", "gatehouse");
    assertThat(key).hasContent("kept");
    assertThat(configuration).hasContent("# mine\n");
    assertThat(Files.exists(at.resolve("usr/lib/gatehouse"), LinkOption.NOFOLLOW_LINKS))
        .as("also what was made on the spot is gone")
        .isFalse();

    dpkg(root, "--purge", "gatehouse");
    for (var gone :
        List.of(
            "etc/gatehouse",
            "var/lib/gatehouse",
            "var/log/gatehouse",
            "usr/bin/gatehouse",
            "usr/share/doc/gatehouse")) {
      assertThat(Files.exists(at.resolve(gone), LinkOption.NOFOLLOW_LINKS)).as(gone).isFalse();
    }
    assertThat(Files.readString(at.resolve("etc/passwd"))).doesNotContain("gatehouse");
  }

  @Test
  void lintianFindsNoError() {
    Assumptions.assumeTrue(
        Boolean.getBoolean("gatehouse.lintian"),
        "takes half a minute; -Dgatehouse.lintian=true runs it, with lintian installed");
    var found = Program.attempt("lintian", "--fail-on", "error", Outputs.deb().toString());
    assertThat(found.output().lines().filter(line -> line.startsWith("E:"))).isEmpty();
  }
}
