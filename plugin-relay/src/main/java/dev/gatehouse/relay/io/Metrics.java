package dev.gatehouse.relay.io;

/** Figures in the text format of Prometheus, version 0.0.4. */
final class Metrics {

  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final String prefix;
  private final StringBuilder text = new StringBuilder(8192);
  private String name = "";

  Metrics(String prefix) {
    this.prefix = prefix;
  }

  Metrics gauge(String metric, String help) {
    return metric(metric, "gauge", help);
  }

  Metrics counter(String metric, String help) {
    return metric(metric, "counter", help);
  }

  private Metrics metric(String metric, String type, String help) {
    name = prefix + metric;
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    return this;
  }

  /** One sample of the metric named last, with names and values of labels in turn. */
  Metrics sample(long value, String... labels) {
    text.append(name);
    for (int i = 0; i < labels.length; i += 2) {
      text.append(i == 0 ? '{' : ',')
          .append(labels[i])
          .append("=\"")
          .append(labels[i + 1].replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"))
          .append('"');
    }
    text.append(labels.length == 0 ? " " : "} ").append(value).append('\n');
    return this;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
