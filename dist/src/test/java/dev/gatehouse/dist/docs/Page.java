package dev.gatehouse.dist.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A page of the documentation, written in Markdown.
 *
 * @param path where it is
 * @param blocks its fenced blocks, from top to bottom
 */
public record Page(Path path, List<Block> blocks) {

  private static final Pattern FENCE = Pattern.compile("^( *)```+([^`]*)$");
  private static final Pattern ATTRIBUTE =
      Pattern.compile("([a-z][a-z-]*)(?:=(?:\"([^\"]*)\"|(\\S+)))?");

  /** Copies the list. */
  public Page {
    blocks = List.copyOf(blocks);
  }

  /** Reads a page. */
  public static Page read(Path path) throws IOException {
    return new Page(path, blocks(path, Files.readAllLines(path)));
  }

  /** The blocks in one language. */
  public List<Block> blocks(String language) {
    return blocks.stream().filter(block -> block.language().equals(language)).toList();
  }

  /** Names a block in a message. */
  public String at(Block block) {
    return path.getFileName() + ":" + block.line();
  }

  private static List<Block> blocks(Path path, List<String> lines) {
    var blocks = new ArrayList<Block>();
    var before = new StringBuilder();
    for (int i = 0; i < lines.size(); i++) {
      var fence = FENCE.matcher(lines.get(i));
      if (!fence.matches()) {
        before.append(lines.get(i)).append('\n');
        continue;
      }
      int opened = i;
      int indent = fence.group(1).length();
      var text = new StringBuilder();
      for (i++; i < lines.size() && !lines.get(i).strip().equals("```"); i++) {
        text.append(unindented(lines.get(i), indent)).append('\n');
      }
      if (i == lines.size()) {
        throw new AssertionError(path.getFileName() + ":" + (opened + 1) + ": never closed");
      }
      blocks.add(block(opened + 1, fence.group(2).strip(), before.toString(), text.toString()));
      before.setLength(0);
    }
    return blocks;
  }

  private static String unindented(String line, int indent) {
    return line.substring(Math.min(indent, line.length() - line.stripLeading().length()));
  }

  private static Block block(int line, String info, String before, String text) {
    int space = info.indexOf(' ');
    var language = space < 0 ? info : info.substring(0, space);
    Map<String, String> attributes = new LinkedHashMap<>();
    if (space >= 0) {
      ATTRIBUTE
          .matcher(info.substring(space))
          .results()
          .forEach(found -> {
            var quoted = found.group(2) == null ? "" : found.group(2);
            attributes.put(found.group(1), found.group(3) == null ? quoted : found.group(3));
          });
    }
    return new Block(line, language, attributes, before, text);
  }
}
