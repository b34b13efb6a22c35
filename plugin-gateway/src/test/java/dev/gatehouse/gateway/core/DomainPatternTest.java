package dev.gatehouse.gateway.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DomainPatternTest {

  @ParameterizedTest
  @CsvSource({
    "git.example.com, git.example.com, true",
    "git.example.com, GIT.Example.COM, true",
    "git.example.com, git.example.org, false",
    "git.example.com, a.git.example.com, false",
    "*.example.com, example.com, true",
    "*.example.com, a.example.com, true",
    "*.example.com, a.b.example.com, false",
    "**.example.com, example.com, true",
    "**.example.com, a.example.com, true",
    "**.example.com, a.b.example.com, true",
    "**.example.com, notexample.com, false",
    "app.**.example.com, app.example.com, true",
    "app.**.example.com, app.a.b.example.com, true",
    "app.**.example.com, xapp.a.example.com, false",
    "app.**.web.**.example.com, app.web.example.com, true",
    "app.**.web.**.example.com, app.x.web.y.z.example.com, true",
    "app.**.web.**.example.com, app.x.y.example.com, false",
    "?.example.com, a.example.com, true",
    "?.example.com, ab.example.com, false",
    "?.example.com, example.com, false",
    "a?c.example.com, a.c.example.com, false",
    "db*.example.com, db.example.com, true",
    "db*.example.com, db17.example.com, true",
    "db*.example.com, db.17.example.com, false",
    "*b*.example.com, abba.example.com, true",
    "*, example, true",
    "**, any.name.at.all, true",
    "example.com, example.com., false"
  })
  void matches(String pattern, String name, boolean expected) {
    assertThat(DomainPattern.of(pattern).matches(name)).isEqualTo(expected);
  }

  @Test
  void theMoreSpecificPatternComesFirst() {
    var order =
        List.of(
            "a.b.example.com", "?.b.example.com", "*.b.example.com", "**.example.com", "**.com");

    assertThat(order.stream().map(DomainPattern::of).sorted().map(DomainPattern::toString))
        .containsExactlyElementsOf(order);
    assertThat(DomainPattern.of("example.com")).isLessThan(DomainPattern.of("a.example.com"));
    assertThat(DomainPattern.of("b.example.com")).isLessThan(DomainPattern.of("a.example.com"));
    assertThat(DomainPattern.of("*.example.com")).isLessThan(DomainPattern.of("**.example.com"));
    assertThat(DomainPattern.of("x.example.com")).isLessThan(DomainPattern.of("*x.example.com"));
  }

  @Test
  void agreesWithRegularExpressionsAndOrdersConsistently() {
    long seed = Long.getLong("gatehouse.seed", System.nanoTime());
    System.out.println("seed " + seed);
    var random = new Random(seed);
    var patterns = new ArrayList<DomainPattern>();
    for (int i = 0; i < 2_000; i++) {
      var labels = labels(random, List.of("a", "b", "*", "**", "?", "a*", "*b", "a?b"));
      var pattern = DomainPattern.of(String.join(".", labels));
      patterns.add(pattern);
      var expression = Pattern.compile(expression(labels));
      for (int j = 0; j < 50; j++) {
        var name = String.join(".", labels(random, List.of("a", "b", "ab", "aab", "abb", "c")));
        assertThat(pattern.matches(name))
            .as("%s on %s", pattern, name)
            .isEqualTo(expression.matcher("." + name).matches());
      }
    }
    var sorted = patterns.stream().sorted().toList();
    for (int i = 1; i < sorted.size(); i++) {
      assertThat(sorted.get(i - 1)).isLessThanOrEqualTo(sorted.get(i));
    }
  }

  private static List<String> labels(Random random, List<String> from) {
    return random
        .ints(1 + random.nextInt(4), 0, from.size())
        .mapToObj(from::get)
        .collect(Collectors.toList());
  }

  /** Every label is preceded by a dot, which makes labels that may be absent easy to write. */
  private static String expression(List<String> labels) {
    var text = new StringBuilder();
    for (int i = 0; i < labels.size(); i++) {
      var label = labels.get(i);
      if (label.equals("**")) {
        text.append("(\\.[^.]+)*");
      } else {
        var one = "\\." + label.replace("?", "[^.]").replace("*", "[^.]*");
        boolean optional = i == 0 && label.equals("*") && labels.size() > 1;
        text.append(label.equals("*") ? (optional ? "(\\.[^.]+)?" : "\\.[^.]+") : one);
      }
    }
    return text.toString();
  }
}
