package dev.gatehouse.dist.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What happened to somebody who followed a page.
 *
 * @param page the page
 * @param exitCode 0 if every command succeeded
 * @param printed what each block printed, standard error included; a block that was not reached is
 *     absent, so the last one is where it ended
 */
public record Transcript(Page page, int exitCode, Map<Block, String> printed) {

  /** Keeps the order. */
  public Transcript {
    printed = new LinkedHashMap<>(printed);
  }

  /** Everything that was printed. */
  public String all() {
    return String.join("", printed.values());
  }

  /**
   * Fails unless every command succeeded and printed what the page shows.
   *
   * @return this
   */
  public Transcript assertAsShown() {
    assertThat(exitCode).as("exit code%n%s", this).isZero();
    @Nullable String last = null;
    for (var block : page.blocks()) {
      if (block.isCommands()) {
        last = printed.get(block); // null if it was left out, and then what it prints, too
      } else if (block.isOutput() && last != null) {
        assertThat(Output.shows(last, block.text()))
            .as("%s shows%n%s%nbut this was printed:%n%s", page.at(block), block.text(), last)
            .isTrue();
      }
    }
    return this;
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    printed.forEach((block, said) ->
        text.append("--- ")
            .append(page.at(block))
            .append('\n')
            .append(block.text())
            .append("--- printed\n")
            .append(said));
    return text.append("--- exit code ").append(exitCode).toString();
  }
}
