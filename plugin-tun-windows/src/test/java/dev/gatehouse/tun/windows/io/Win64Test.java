package dev.gatehouse.tun.windows.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.tun.windows.abi.StandInControl;
import dev.gatehouse.tun.windows.core.NetworkRows;
import dev.gatehouse.tun.windows.core.WindowsError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What can be known of 64-bit Windows without Windows: its headers, its calling convention, and the
 * plugin's calls replayed by a program for it.
 */
@Timeout(240)
class Win64Test {

  private static final String GCC = "x86_64-w64-mingw32-gcc";
  private static final Path WINE = Path.of("/usr/lib/wine/wine64");

  @TempDir Path directory;

  private static void needsMingw() {
    assumeTrue(
        StandIn.isInstalled(GCC),
        GCC
            + " is missing (Debian package gcc-mingw-w64-x86-64-win32), so nothing is compared"
            + " with the headers of Windows");
  }

  private static List<String> constants(Class<?> type, String prefix) {
    return Arrays.stream(type.getDeclaredFields())
        .filter(field -> field.getType() == int.class)
        .map(field -> {
          try {
            field.setAccessible(true);
            return "-D" + prefix + field.getName() + "=" + field.getInt(null);
          } catch (IllegalAccessException e) {
            throw new AssertionError(e);
          }
        })
        .toList();
  }

  private Path compile(String output, String source, List<String> flags, String... libraries) {
    var file = directory.resolve(output);
    var command = new ArrayList<>(List.of(GCC, "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror"));
    command.addAll(flags);
    command.addAll(List.of("-o", file.toString(), StandIn.SOURCES.resolve(source).toString()));
    command.addAll(Arrays.asList(libraries));
    StandIn.run(command);
    return file;
  }

  @Test
  void sizesOffsetsAndNumbersAreThoseOfTheHeaders() {
    needsMingw();
    var flags = new ArrayList<>(List.of("-c"));
    flags.addAll(constants(NetworkRows.class, "JAVA_"));
    flags.addAll(constants(WindowsError.class, "JAVA_ERROR_"));
    assertThat(compile("abi.o", "abi.c", flags)).exists();
  }

  @Test
  void aWrongOffsetDoesNotCompile() {
    needsMingw();
    var flags = new ArrayList<>(List.of("-c"));
    constants(NetworkRows.class, "JAVA_").stream()
        .map(each -> each.startsWith("-DJAVA_METRIC=") ? "-DJAVA_METRIC=149" : each)
        .forEach(flags::add);
    flags.addAll(constants(WindowsError.class, "JAVA_ERROR_"));
    assertThatThrownBy(() -> compile("abi.o", "abi.c", flags))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("Metric")
        .hasMessageContaining("static assertion failed");
  }

  @Test
  void theStandInForWindowsExportsTheFourteenFunctions() throws IOException {
    needsMingw();
    var library = compile("gatehouse-standin.dll", "driver.c", List.of("-shared"));
    var exported = StandIn.run(List.of("x86_64-w64-mingw32-objdump", "-p", library.toString()));
    assertThat(
            Arrays.stream(dev.gatehouse.tun.windows.abi.Wintun.class.getMethods())
                .map(method -> method.getName()))
        .hasSize(14)
        .allSatisfy(name -> assertThat(exported).contains(name));
    assertThat(Files.size(library)).isPositive();
  }

  /** What the plugin does in a short life with everything in it, call by call. */
  private Path recorded() throws Exception {
    var file = directory.resolve("calls.txt");
    try (var bench = new StandInBench(StandInBench.config(true))) {
      var standIn = bench.standIn;
      standIn.system.standin_record_to(file.toString());
      bench.tun.start();
      for (int i = 0; i < 20; i++) {
        bench.crosses(i);
      }
      bench.await("a wait", () -> (long) bench.tun.status().getOrDefault("waits", 0L) > 3);
      standIn.control.standin_fault(StandInControl.RECEIVE_ERROR, WindowsError.INVALID_DATA);
      bench.awaitStatus("rebuilds", 1L);
      bench.crosses(30);
      bench.tun.stop();
      bench.tun.close();
      standIn.system.standin_record_to(null);
      assertThat(standIn.misuses()).isEmpty();
    }
    return file;
  }

  @Test
  void theRecordHoldsEveryFunctionThatIsCalled() throws Exception {
    var calls =
        Files.readAllLines(recorded()).stream()
            .map(line -> line.replaceAll(" .*", ""))
            .distinct()
            .toList();
    assertThat(calls)
        .contains(
            "create",
            "guid",
            "created",
            "luid",
            "version",
            "logger",
            "start",
            "event",
            "wait",
            "received",
            "release",
            "nothing",
            "alloc",
            "send",
            "setevent",
            "end",
            "close",
            "deletedriver",
            "initaddress",
            "createaddress",
            "getinterface",
            "setinterface",
            "initroute",
            "createroute",
            "addresstable",
            "routetable",
            "freetable");
  }

  @Test
  void aProgramForWindowsGetsTheSameResultsFromTheSameCalls() throws Exception {
    needsMingw();
    var calls = recorded();
    compile("gatehouse-standin.dll", "driver.c", List.of("-shared"));
    var program = compile("replay.exe", "replay.c", List.of());
    assumeTrue(
        Files.isExecutable(WINE),
        "Wine is missing (Debian package wine64; ./tools/install-peers --wine installs it), so the"
            + " program for Windows was compiled and not run");
    var printed = wine(program, "gatehouse-standin.dll", calls.getFileName().toString());
    assertThat(printed)
        .contains("address 100.64.0.1/16")
        .contains("address fd00:..:0001/64")
        .contains("interface family 2 mtu 1420 metric 7 automatic 0")
        .contains("interface family 23 mtu 1420 metric 7 automatic 0")
        .contains("route 10.1.0.0/16 metric 0")
        .contains("21 received, 21 sent");
  }

  private String wine(Path program, String... arguments) throws Exception {
    var command = new ArrayList<>(List.of(WINE.toString(), program.toString()));
    command.addAll(Arrays.asList(arguments));
    var builder =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
    // Kept for the next run: making it takes Wine a quarter of a minute.
    builder.environment().put("WINEPREFIX", StandIn.BUILT.resolve("wine").toString());
    builder
        .environment()
        .put("HOME", Files.createDirectories(directory.resolve("home")).toString());
    builder.environment().put("WINEDEBUG", "-all");
    // Neither .NET nor a browser, which Wine would ask to download.
    builder.environment().put("WINEDLLOVERRIDES", "mscoree=;mshtml=");
    builder.environment().remove("DISPLAY");
    var output = directory.resolve("output.txt");
    var process = builder.redirectOutput(output.toFile()).start();
    try {
      assertThat(process.waitFor(180, TimeUnit.SECONDS)).as("the program ends").isTrue();
      var text = Files.readString(output, StandardCharsets.UTF_8);
      assertThat(process.exitValue()).as(text).isZero();
      return text;
    } finally {
      process.destroyForcibly();
      endWineServer(builder);
    }
  }

  /** Wine leaves a server behind for a few seconds, which writes into the directory. */
  private void endWineServer(ProcessBuilder like) {
    var server = WINE.resolveSibling("wineserver");
    try {
      if (Files.isExecutable(server)) {
        var builder = new ProcessBuilder(server.toString(), "-k", "-w");
        builder.environment().putAll(like.environment());
        builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.start().waitFor(30, TimeUnit.SECONDS);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
