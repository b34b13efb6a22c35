package dev.gatehouse.dist.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Follows a page like somebody who does exactly what it says: writes the files it shows and carries
 * out its commands, from top to bottom, in one shell, so that {@code cd} and variables last. The
 * first command that fails ends the walk; what was started in the background ends with it.
 *
 * <pre>{@code
 * Walk.along(Page.read(Bundle.sources().resolve("docs/first-plugin.md")))
 *     .from(Bundle.sources())
 *     .with("HOME", home.toString())
 *     .follow(scratch)
 *     .assertAsShown();
 * }</pre>
 *
 * <p>{@link Block} says how a page marks what is carried out and what is not. One test may follow
 * several pages, each in a walk of its own.
 */
public final class Walk {

  private static final String MARK = "=====gatehouse-block-";

  private final Page page;
  private final Map<String, String> environment = new LinkedHashMap<>();
  private Path directory = Path.of("").toAbsolutePath();
  private Duration limit = Duration.ofMinutes(15); // busy machines are slow
  private Predicate<Block> choice = block -> true;
  private UnaryOperator<String> change = UnaryOperator.identity();

  private Walk(Page page) {
    this.page = page;
  }

  /** A walk along this page. */
  public static Walk along(Page page) {
    return new Walk(page);
  }

  /** Begins in this directory; otherwise in the working directory. */
  public Walk from(Path start) {
    directory = start;
    return this;
  }

  /** Sets an environment variable. */
  public Walk with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** Gives up after this time; otherwise after fifteen minutes. */
  public Walk within(Duration time) {
    limit = time;
    return this;
  }

  /** Carries out these blocks only. */
  public Walk only(Predicate<Block> blocks) {
    choice = blocks;
    return this;
  }

  /** Changes commands before they are carried out, for example takes {@code sudo} away. */
  public Walk changing(UnaryOperator<String> commands) {
    change = commands;
    return this;
  }

  /**
   * Follows the page.
   *
   * @param scratch an existing directory for the script and what it prints
   */
  public Transcript follow(Path scratch) throws IOException, InterruptedException {
    var steps =
        page.blocks().stream()
            .filter(block -> block.isCommands() || block.file().isPresent())
            .filter(block -> block.skipped().isEmpty())
            .filter(choice)
            .toList();
    assertThat(steps).as("nothing to carry out in %s", page.path()).isNotEmpty();
    steps.forEach(this::requireNamed);
    var script = Files.writeString(scratch.resolve("walk.sh"), script(steps, scratch));
    var output = scratch.resolve("walk.out");
    int code = run(script, output);
    return new Transcript(page, code, printed(steps, Files.readString(output, UTF_8)));
  }

  /** The reader sees the text, not the attribute. */
  private void requireNamed(Block block) {
    block
        .file()
        .ifPresent(file ->
            assertThat(block.before())
                .as("%s: the text before it has to name the file", page.at(block))
                .contains(file));
  }

  private String script(List<Block> steps, Path scratch) throws IOException {
    var script = new StringBuilder("set -euo pipefail\n");
    script.append("trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n");
    for (int i = 0; i < steps.size(); i++) {
      var block = steps.get(i);
      script.append("echo; echo ").append(MARK).append(i).append('\n');
      var file = block.file();
      if (file.isPresent()) {
        var content = Files.writeString(scratch.resolve("walk-file-" + i), block.text());
        script
            .append("mkdir -p \"$(dirname '%s')\"\n".formatted(file.get()))
            .append("cp '%s' '%s'\n".formatted(content, file.get()));
      } else {
        script.append(change.apply(block.text()));
      }
    }
    return script.toString();
  }

  private int run(Path script, Path output) throws IOException, InterruptedException {
    var builder =
        new ProcessBuilder("bash", script.toString())
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    var process = builder.start();
    try {
      process.getOutputStream().close();
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError(
            page.path() + " took longer than " + limit + ":\n" + Files.readString(output, UTF_8));
      }
      return process.exitValue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static Map<Block, String> printed(List<Block> steps, String output) {
    var printed = new LinkedHashMap<Block, String>();
    for (int i = 0; i < steps.size(); i++) {
      var mark = MARK + i + "\n";
      int begin = output.indexOf(mark);
      if (begin < 0) {
        break;
      }
      int end = output.indexOf("\n" + MARK + (i + 1) + "\n", begin);
      printed.put(
          steps.get(i), output.substring(begin + mark.length(), end < 0 ? output.length() : end));
    }
    return printed;
  }
}
