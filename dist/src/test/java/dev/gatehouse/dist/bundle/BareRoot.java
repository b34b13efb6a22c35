package dev.gatehouse.dist.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A root file system with the C library and a few programs of this machine, and nothing else: no
 * Java above all.
 */
final class BareRoot {

  private static final Pattern LIBRARY = Pattern.compile("/[^ ]*\\.so[^ ]*");

  private final Path root;

  /** An empty one, with the folders every Linux has. */
  BareRoot(Path root) throws IOException {
    this.root = root;
    for (var folder :
        List.of(
            "dev/net", "etc", "lib64", "proc", "root", "run", "sys", "tmp", "usr/bin", "var/lib",
            "var/log")) {
      Files.createDirectories(root.resolve(folder));
    }
    Files.createSymbolicLink(root.resolve("bin"), Path.of("usr/bin"));
    Files.createSymbolicLink(root.resolve("sbin"), Path.of("usr/bin"));
    Files.createSymbolicLink(root.resolve("usr/sbin"), Path.of("bin"));
    Files.writeString(root.resolve("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
    Files.writeString(root.resolve("etc/group"), "root:x:0:\n");
    for (var library :
        List.of(
            "libc.so.6",
            "libm.so.6",
            "libdl.so.2",
            "libpthread.so.0",
            "librt.so.1",
            "libresolv.so.2",
            "libnss_files.so.2")) {
      var file = Path.of("/lib/x86_64-linux-gnu", library);
      if (Files.exists(file)) {
        copy(file);
      }
    }
    // The device files of a container.
    Program.run(
        "sh",
        "-c",
        "cd \"$1\" && mknod null c 1 3 && mknod zero c 1 5 && mknod random c 1 8 &&"
            + " mknod urandom c 1 9 && chmod 666 null zero random urandom",
        "sh",
        root.resolve("dev").toString());
  }

  /** Where it is. */
  Path path() {
    return root;
  }

  /** Takes programs of this machine with the libraries they need. */
  BareRoot with(String... programs) throws IOException {
    for (var program : programs) {
      var file = Program.find(program).toRealPath();
      Files.copy(file, root.resolve("bin").resolve(program), StandardCopyOption.COPY_ATTRIBUTES);
      LIBRARY
          .matcher(Program.attempt("ldd", file.toString()).output())
          .results()
          .forEach(match -> copyQuietly(Path.of(match.group())));
    }
    return this;
  }

  private void copyQuietly(Path library) {
    try {
      copy(library);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void copy(Path library) throws IOException {
    var to = root.resolve(library.toString().substring(1));
    if (!Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectories(to.getParent());
      Files.copy(library.toRealPath(), to);
    }
  }

  /** The words that run a command in here, with its own view of processes and the TUN device. */
  List<String> command(String... inside) {
    var words =
        new ArrayList<String>(
            List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount --bind \"$0\" \"$0\" && mount -t proc proc \"$0/proc\" && touch"
                    + " \"$0/dev/net/tun\" && mount --bind /dev/net/tun \"$0/dev/net/tun\" &&"
                    + " root=\"$0\" && exec chroot \"$root\" /bin/env -i PATH=/usr/bin:/bin \"$@\"",
                root.toString()));
    words.addAll(Arrays.asList(inside));
    return words;
  }

  /** Runs a command in here that must succeed. */
  String run(String... inside) {
    var ended = Program.attempt(command(inside).toArray(String[]::new));
    assertThat(ended.exitCode()).as("%s%n%s", List.of(inside), ended.output()).isZero();
    return ended.output();
  }
}
