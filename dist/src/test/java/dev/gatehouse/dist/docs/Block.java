package dev.gatehouse.dist.docs;

import java.util.Map;
import java.util.Optional;

/**
 * A fenced block of a page. What stands behind the opening fence is its language and its
 * attributes, none of which a reader of the rendered page sees:
 *
 * <ul>
 *   <li>{@code sh}: commands, carried out by {@link Walk};
 *   <li>{@code sh skip="needs Windows"}: commands that no test can carry out, with the reason;
 *   <li>{@code java file=src/main/java/module-info.java}: the whole content of that file, relative
 *       to the directory the reader stands in by then; the text between this block and the one
 *       before has to name the file, because the reader does not see the attribute;
 *   <li>{@code text output}: what the commands before it print; see {@link Output}.
 * </ul>
 *
 * @param line the number of the opening fence's line, from 1
 * @param language the first word behind the fence; may be empty
 * @param attributes the other words, with the value behind '=', which may be empty or quoted
 * @param before the text since the block before
 * @param text the content, each line with its line feed
 */
public record Block(
    int line, String language, Map<String, String> attributes, String before, String text) {

  /** Copies the attributes. */
  public Block {
    attributes = Map.copyOf(attributes);
  }

  /** Whether it holds commands. */
  public boolean isCommands() {
    return language.equals("sh");
  }

  /** Why a test leaves it out. */
  public Optional<String> skipped() {
    return Optional.ofNullable(attributes.get("skip"));
  }

  /** The file whose content it is. */
  public Optional<String> file() {
    return Optional.ofNullable(attributes.get("file"));
  }

  /** Whether it shows what the commands before it print. */
  public boolean isOutput() {
    return attributes.containsKey("output");
  }
}
