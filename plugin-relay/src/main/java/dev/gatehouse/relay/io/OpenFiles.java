package dev.gatehouse.relay.io;

import dev.gatehouse.relay.RelayConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.slf4j.Logger;

/** How many files this process may have open; every allocation is one or two. */
final class OpenFiles {

  private static final Path LIMITS = Path.of("/proc/self/limits");

  private OpenFiles() {}

  /** Tells who looks for the reason of refused allocations before they are. */
  static void tell(Logger log, RelayConfig config) {
    long wanted = config.addresses().highestPort() - config.addresses().lowestPort() + 1L;
    wanted = Math.min(wanted, config.quotas().allocations()) + config.strangers().connections();
    var limit = limit();
    if (limit.isPresent() && limit.getAsLong() < wanted) {
      log.atInfo()
          .addKeyValue("open-files", limit.getAsLong())
          .addKeyValue("wanted", wanted)
          .addKeyValue("settings", "LimitNOFILE= of systemd, ulimit -n")
          .log("fewer files may be open than there may be allocations and connections");
    }
  }

  private static OptionalLong limit() {
    try (var lines = Files.lines(LIMITS)) {
      return lines
          .filter(line -> line.startsWith("Max open files"))
          .map(line -> line.substring("Max open files".length()).strip().split("\\s+", 2)[0])
          .filter(text -> text.matches("[0-9]{1,18}"))
          .mapToLong(Long::parseLong)
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }
}
