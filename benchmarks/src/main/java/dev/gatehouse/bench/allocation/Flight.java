package dev.gatehouse.bench.allocation;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** A flight recording of a running virtual machine: what its threads allocated, and its pauses. */
final class Flight {

  private static final String ALLOCATED = "jdk.ThreadAllocationStatistics";
  private static final String PAUSE = "jdk.GCPhasePause";

  private static final String SETTINGS =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <configuration version="2.0">
        <event name="jdk.ThreadAllocationStatistics">
          <setting name="enabled">true</setting>
          <setting name="period">500 ms</setting>
        </event>
        <event name="jdk.GCPhasePause">
          <setting name="enabled">true</setting>
          <setting name="threshold">0 ms</setting>
        </event>
        <event name="jdk.ObjectAllocationSample">
          <setting name="enabled">true</setting>
          <setting name="throttle">100/s</setting>
          <setting name="stackTrace">true</setting>
        </event>
      </configuration>
      """;

  private final long pid;
  private final Path file;
  private final List<RecordedEvent> events = new ArrayList<>();

  private Flight(long pid, Path file) {
    this.pid = pid;
    this.file = file;
  }

  /** Starts recording a virtual machine of this machine and user. */
  static Flight start(long pid, Path directory) throws IOException, InterruptedException {
    var settings = Files.writeString(directory.resolve("allocation.jfc"), SETTINGS);
    var file = directory.resolve(pid + ".jfr");
    tell(pid, "JFR.start", "name=bench", "settings=" + settings, "filename=" + file);
    return new Flight(pid, file);
  }

  /** Ends the recording and reads it. */
  void stop() throws IOException, InterruptedException {
    tell(pid, "JFR.stop", "name=bench", "filename=" + file);
    events.addAll(RecordingFile.readAllEvents(file));
  }

  private static void tell(long pid, String... command) throws IOException, InterruptedException {
    var all = new ArrayList<String>();
    all.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
    all.add(Long.toString(pid));
    all.addAll(List.of(command));
    var process = new ProcessBuilder(all).redirectErrorStream(true).start();
    var said = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("'" + String.join(" ", all) + "' failed: " + said);
    }
  }

  /** The bytes that each thread allocated between two instants, by the thread's name. */
  Map<String, Long> allocated(Instant from, Instant to) {
    var before = latest(from);
    var result = new TreeMap<String, Long>();
    latest(to)
        .forEach((thread, bytes) ->
            result.merge(
                thread.replaceFirst("^[0-9]+ ", ""),
                bytes - before.getOrDefault(thread, 0L),
                Long::sum));
    return result;
  }

  private Map<String, Long> latest(Instant until) {
    var latest = new TreeMap<String, Long>();
    for (var event : events) {
      if (event.getEventType().getName().equals(ALLOCATED)
          && !event.getStartTime().isAfter(until)) {
        var thread = event.getThread("thread");
        if (thread != null) {
          var name = thread.getJavaThreadId() + " " + thread.getJavaName();
          latest.merge(name, event.getLong("allocated"), Math::max);
        }
      }
    }
    return latest;
  }

  /** The collector's pauses between two instants. */
  List<Duration> pauses(Instant from, Instant to) {
    return events.stream()
        .filter(event -> event.getEventType().getName().equals(PAUSE))
        .filter(event -> event.getStartTime().isAfter(from) && event.getStartTime().isBefore(to))
        .map(RecordedEvent::getDuration)
        .sorted()
        .toList();
  }

  /** Where the threads' samples were taken: bytes by class and the first frame of our own. */
  Map<String, Long> places(Instant from, Instant to, Predicate<String> threads) {
    var places = new TreeMap<String, Long>();
    for (var event : events) {
      if (event.getEventType().getName().equals("jdk.ObjectAllocationSample")
          && event.getStartTime().isAfter(from)
          && event.getStartTime().isBefore(to)
          && event.getThread() != null
          && threads.test(String.valueOf(event.getThread().getJavaName()))) {
        places.merge(
            event.getClass("objectClass").getName() + " in " + own(event),
            event.getLong("weight"),
            Long::sum);
      }
    }
    return places;
  }

  private static String own(RecordedEvent event) {
    var stack = event.getStackTrace();
    if (stack == null) {
      return "unknown";
    }
    return stack.getFrames().stream()
        .filter(frame -> frame.getMethod().getType().getName().startsWith("dev.gatehouse."))
        .findFirst()
        .or(() -> stack.getFrames().stream().findFirst())
        .map(frame -> frame.getMethod().getType().getName() + "." + frame.getMethod().getName())
        .orElse("unknown");
  }
}
