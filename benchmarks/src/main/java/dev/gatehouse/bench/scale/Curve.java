package dev.gatehouse.bench.scale;

import java.util.List;
import java.util.Locale;
import java.util.SortedMap;

/** A curve over a logarithmic axis as an SVG picture. */
final class Curve {

  private static final int WIDTH = 560;
  private static final int HEIGHT = 300;
  private static final int LEFT = 60;
  private static final int BOTTOM = 40;
  private static final int TOP = 30;

  private Curve() {}

  /** Draws the medians, with a stroke from the lowest to the highest of each point. */
  static String svg(String title, SortedMap<Integer, List<Double>> points) {
    double most =
        points.values().stream().flatMap(List::stream).mapToDouble(each -> each).max().orElse(1);
    double widest = Math.max(1, Math.log10(points.lastKey()));
    var svg =
        new StringBuilder(
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">
            <rect width="100%%" height="100%%" fill="white"/>
            <text x="%d" y="16" font-weight="bold">%s</text>
            """
                .formatted(WIDTH + LEFT + 20, HEIGHT + TOP + BOTTOM, LEFT, title));
    for (int i = 0; i <= 4; i++) {
      double value = most * i / 4;
      double y = y(value, most);
      svg.append(
          String.format(
              Locale.ROOT,
              "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>"
                  + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.1f</text>%n",
              LEFT,
              y,
              LEFT + WIDTH,
              y,
              LEFT - 6,
              y + 4,
              value));
    }
    var line = new StringBuilder();
    points.forEach((peers, all) -> {
      double x = LEFT + WIDTH * Math.log10(peers) / widest;
      double low = all.stream().mapToDouble(each -> each).min().orElse(0);
      double high = all.stream().mapToDouble(each -> each).max().orElse(0);
      double y = y(median(all), most);
      line.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y));
      svg.append(
          String.format(
              Locale.ROOT,
              "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#9aa0a6\"/>"
                  + "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"#1a73e8\"/>"
                  + "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>%n",
              x,
              y(low, most),
              x,
              y(high, most),
              x,
              y,
              x,
              TOP + HEIGHT + 18,
              peers));
    });
    return svg.append("<polyline points=\"")
        .append(line)
        .append("\" fill=\"none\" stroke=\"#1a73e8\"/>\n</svg>\n")
        .toString();
  }

  private static double y(double value, double most) {
    return TOP + HEIGHT * (1 - value / most);
  }

  /** The middle value. */
  static double median(List<Double> all) {
    return all.stream().sorted().toList().get(all.size() / 2);
  }
}
