package dev.gatehouse.dist.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Namespace;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Chromium without a screen in a machine of the lab, driven by the WebDriver protocol
 * (https://www.w3.org/TR/webdriver2/). Its commands are sent from within that machine, by curl.
 */
final class Browser implements AutoCloseable {

  private static final Duration SOON = Duration.ofMinutes(1);
  private static final String ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
  private static final String DRIVER = "http://127.0.0.1:9515";

  private final Namespace machine;
  private final Path directory;
  private final Background program;
  private final String session;

  private Browser(Namespace machine, Path directory, Background program, String session) {
    this.machine = machine;
    this.directory = directory;
    this.program = program;
    this.session = session;
  }

  /**
   * Starts it.
   *
   * @param directory an empty one of its own, for its profile
   */
  static Browser start(Namespace machine, Path directory) throws IOException {
    Files.createDirectories(directory);
    var program = machine.start("chromedriver", "--port=9515");
    program.awaitLine("started successfully", SOON);
    var flags =
        new JsonArray()
            .add("--headless")
            .add("--no-sandbox")
            .add("--disable-gpu")
            .add("--disable-dev-shm-usage")
            .add("--disable-quic")
            .add("--no-first-run")
            .add("--disable-background-networking")
            .add("--disable-component-update")
            .add("--disable-sync")
            .add("--hide-scrollbars")
            .add("--user-data-dir=" + directory.resolve("profile"));
    var wanted =
        new JsonObject()
            .put("browserName", "chrome")
            .put("goog:chromeOptions", new JsonObject().put("args", flags))
            .put(
                "goog:loggingPrefs",
                new JsonObject().put("browser", "ALL").put("performance", "ALL"));
    var made = new Browser(machine, directory, program, "");
    var answer =
        (JsonObject)
            made.command(
                "POST",
                "/session",
                new JsonObject().put("capabilities", new JsonObject().put("alwaysMatch", wanted)));
    return new Browser(machine, directory, program, "/session/" + answer.getString("sessionId"));
  }

  private Object command(String method, String path, @Nullable JsonObject body) {
    var result = attempt(method, path, body);
    if (result instanceof JsonObject object && object.containsKey("error")) {
      throw new AssertionError(
          method + " " + path + " " + body + ": " + object.getString("message"));
    }
    return result;
  }

  private Object attempt(String method, String path, @Nullable JsonObject body) {
    try {
      var file = directory.resolve("command.json");
      Files.writeString(file, body == null ? "{}" : body.encode());
      var command = new ArrayList<>(List.of("curl", "-sS", "-X", method, DRIVER + path));
      if (!method.equals("GET")) {
        command.addAll(List.of("-H", "Content-Type: application/json"));
        command.addAll(List.of("--data-binary", "@" + file));
      }
      var out = machine.run(command.toArray(String[]::new)).out();
      var value = new JsonObject(out).getValue("value");
      return value == null ? "" : value;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Opens an address. */
  void open(String url) {
    command("POST", session + "/url", new JsonObject().put("url", url));
  }

  /** Opens an empty page, so that nothing of a page before lives on, but the tab does. */
  void reload() {
    command("POST", session + "/refresh", new JsonObject());
  }

  /** What a function of JavaScript returns. */
  Object js(String body, Object... arguments) {
    return command(
        "POST",
        session + "/execute/sync",
        new JsonObject().put("script", body).put("args", new JsonArray(List.of(arguments))));
  }

  /** Waits until an expression is true. */
  void await(String expression) {
    Await.until(
        expression,
        SOON,
        () -> Boolean.TRUE.equals(js("return Boolean(" + expression + ")")),
        () -> js("return document.body.innerText").toString());
  }

  /** Waits until the page shows a text. */
  void awaitText(String text) {
    Await.until(
        "'" + text + "'", SOON, () -> text().contains(text), () -> text() + program.output());
  }

  /** All that is to be read, with plain spaces. */
  String text() {
    return js("return document.body.innerText").toString().replace('\u00a0', ' ');
  }

  private String element(String css) {
    var body = new JsonObject().put("using", "css selector").put("value", css);
    Await.until(
        css,
        SOON,
        () ->
            attempt("POST", session + "/element", body) instanceof JsonObject found
                && found.containsKey(ELEMENT),
        this::text);
    return ((JsonObject) command("POST", session + "/element", body)).getString(ELEMENT);
  }

  /** Clicks as a mouse does: on what is visible and not covered. */
  void click(String css) {
    command("POST", session + "/element/" + element(css) + "/click", new JsonObject());
  }

  /** Types into a field. */
  void type(String css, String text) {
    command(
        "POST",
        session + "/element/" + element(css) + "/value",
        new JsonObject().put("text", text));
  }

  /** Picks an entry of a list. */
  void choose(String css, String value) {
    element(css);
    js(
        "const s=document.querySelector(arguments[0]);s.value=arguments[1];"
            + "s.dispatchEvent(new Event('change',{bubbles:true}))",
        css,
        value);
  }

  /** Presses keys, one after the other, wherever the focus is. */
  void keys(String text) {
    var actions = new JsonArray();
    text.codePoints()
        .mapToObj(Character::toString)
        .forEach(key -> {
          actions.add(new JsonObject().put("type", "keyDown").put("value", key));
          actions.add(new JsonObject().put("type", "keyUp").put("value", key));
        });
    command(
        "POST",
        session + "/actions",
        new JsonObject()
            .put(
                "actions",
                new JsonArray()
                    .add(
                        new JsonObject()
                            .put("type", "key")
                            .put("id", "keyboard")
                            .put("actions", actions))));
  }

  /** The width and height of what is to be seen, in CSS pixels. */
  void size(int width, int height) {
    devTools(
        "Emulation.setDeviceMetricsOverride",
        new JsonObject()
            .put("width", width)
            .put("height", height)
            .put("deviceScaleFactor", 1)
            .put("mobile", width < 500));
  }

  /** Light or dark, as the person prefers. */
  void dark(boolean dark) {
    devTools(
        "Emulation.setEmulatedMedia",
        new JsonObject()
            .put(
                "features",
                new JsonArray()
                    .add(
                        new JsonObject()
                            .put("name", "prefers-color-scheme")
                            .put("value", dark ? "dark" : "light"))));
  }

  private void devTools(String command, JsonObject parameters) {
    command(
        "POST",
        session + "/goog/cdp/execute",
        new JsonObject().put("cmd", command).put("params", parameters));
  }

  /** What is to be seen, as PNG. */
  byte[] screenshot() {
    return Base64.getDecoder().decode(command("GET", session + "/screenshot", null).toString());
  }

  /** The messages of a log since the last call: {@code browser} or {@code performance}. */
  List<String> log(String type) {
    var entries =
        (JsonArray) command("POST", session + "/se/log", new JsonObject().put("type", type));
    return entries.stream().map(entry -> ((JsonObject) entry).getString("message")).toList();
  }

  /** Every address a page has asked for since the last call. */
  List<String> requested() {
    return log("performance").stream()
        .map(line -> new JsonObject(line).getJsonObject("message"))
        .filter(message -> message.getString("method").equals("Network.requestWillBeSent"))
        .map(message -> message.getJsonObject("params").getJsonObject("request").getString("url"))
        .toList();
  }

  /** How the element with the focus is called by assistive programs. */
  String focused() {
    var id = (JsonObject) command("GET", session + "/element/active", null);
    return command("GET", session + "/element/" + id.getString(ELEMENT) + "/computedlabel", null)
        .toString();
  }

  @Override
  public void close() {
    attempt("DELETE", session, null);
    program.close();
    assertThat(program.isAlive()).isFalse();
  }
}
