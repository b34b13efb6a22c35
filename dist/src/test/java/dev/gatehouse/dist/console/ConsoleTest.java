package dev.gatehouse.dist.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.dist.faults.FaultSite;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.NetLab;
import dev.gatehouse.testkit.link.Impairments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The web console as people use it: a real browser, a real gateway, a real client. */
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConsoleTest {

  private static final String TOKEN = "0123456789abcdef0123456789abcdef";
  private static final String HOME = "http://127.0.0.1:8443/console/";
  private static final Duration SOON = Duration.ofMinutes(1);
  private static final List<String> VIEWS =
      List.of("overview", "clients", "resources", "grants", "flows", "denials");

  private static final String TAB = "\ue004";
  private static final String ENTER = "\ue007";
  private static final String ESCAPE = "\ue00c";

  /** Names that would like to be more than text. */
  private static final String SCRIPT =
      "<img src=x onerror='window.pwned=1'><script>pwned=1</script>";

  private static final String BACKWARDS = "\\u202egnirts";

  private @Nullable FaultSite opened;
  private @Nullable Browser started;

  @BeforeAll
  void open(@TempDir Path directory) throws IOException {
    NetLab.needs("chromium", "chromedriver", "curl");
    var token = Files.writeString(directory.resolve("token"), TOKEN + "\n");
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
    opened =
        FaultSite.open(
            directory,
            """
            console = true
            listen = "127.0.0.1:8443"
            token-file = "token"
            """);
    site().startGateway();
    site().link(Impairments.none());
    furnish();
    started = Browser.start(site().gateway, directory.resolve("browser"));
  }

  @AfterAll
  void close() {
    if (started != null) {
      started.close();
    }
    if (opened != null) {
      opened.close();
    }
  }

  private FaultSite site() {
    return Objects.requireNonNull(opened);
  }

  private Browser browser() {
    return Objects.requireNonNull(started);
  }

  private void furnish() throws IOException {
    site().addResource("wiki", FaultSite.RESOURCE);
    resource("git", "10.20.0.11", "Source code", "tcp/22", "tcp/443");
    resource("intranet", "*.acme.internal", "Everything inside", "tcp/80", "tcp/443", "icmp");
    resource("printers", "10.20.7.0/24", "Printers, 3rd floor");
    site().addResource("metrics", "10.20.0.12");
    site().resource.run("ip", "address", "add", "10.20.0.12/24", "dev", "to-gateway");
    site().startStock(site().add("alice"), "10.20.0.0/24");
    site().startStock(site().add("bob"), "10.20.0.11/32");
    site().startStock(site().add("carol"), "10.20.0.12/32");
    site().add("dave-laptop");
    site().add("erin-phone");
    grant("alice", "git", "8h");
    grant("bob", "git", "45m");
    grant("carol", "intranet", "7d");
    grant("carol", "metrics", "1d");
    grant("erin-phone", "printers", "");
  }

  private void resource(String id, String destination, String name, String... filters) {
    site()
        .admin
        .post(
            "/v1/resources",
            "{\"id\":\"%s\",\"destination\":\"%s\",\"name\":\"%s\",\"filters\":[%s]}"
                .formatted(
                    id,
                    destination,
                    name,
                    filters.length == 0 ? "" : "\"" + String.join("\",\"", filters) + "\""));
  }

  private void grant(String client, String resource, String span) {
    site()
        .admin
        .post(
            "/v1/authorizations",
            "{\"client\":\"%s\",\"resource\":\"%s\"%s}"
                .formatted(client, resource, span.isEmpty() ? "" : ",\"for\":\"" + span + "\""));
  }

  @BeforeEach
  void begin() {
    browser().size(1280, 860);
    browser().dark(false);
    browser().open(HOME);
    browser().js("sessionStorage.clear()");
    browser().reload();
    browser().log("browser");
    browser().requested();
  }

  /** Whatever a test did: nothing went elsewhere, and the browser had nothing to complain about. */
  @AfterEach
  void nothingWentWrong() {
    assertThat(browser().requested())
        .isNotEmpty()
        .allMatch(url -> url.startsWith("http://127.0.0.1:8443/"));
    assertThat(browser().log("browser")).isEmpty();
    assertThat(site().worries()).isEmpty();
  }

  private void login() {
    browser().type("#token", TOKEN);
    browser().click("#login button");
    browser().awaitText("Connected clients");
    browser().awaitText("Ready");
  }

  private void view(String name) {
    browser().click("nav a[href='#" + name + "']");
    browser().await("document.querySelector('nav [aria-current]').hash === '#" + name + "'");
  }

  private boolean aliceReachesTheWiki() {
    return site().client.attempt("ping", "-n", "-c1", "-W1", FaultSite.RESOURCE).succeeded();
  }

  @Test
  void onlyTheTokenOpensTheDoorAndItIsForgottenAtTheEnd() {
    browser().awaitText("Who may reach what");
    browser().type("#token", "wrong");
    browser().click("#login button");
    browser().awaitText("This is not the gateway’s token.");
    assertThat(browser().log("browser"))
        .as("the browser's own note")
        .allMatch(l -> l.contains("401"));
    browser().js("document.querySelector('#token').value = ''");
    login();
    assertThat(browser().js("return localStorage.length + document.cookie.length")).isEqualTo(0);
    browser().reload();
    browser().awaitText("Connected clients");
    browser().click("#logout");
    browser().awaitText("Who may reach what");
    assertThat(browser().js("return sessionStorage.length")).isEqualTo(0);
    browser().reload();
    browser().awaitText("Who may reach what");
  }

  @Test
  void grantingAndRevokingReachTheGatewayAndItsClient() {
    assertThat(aliceReachesTheWiki()).isFalse();
    login();
    view("grants");
    browser().click(".title .primary");
    browser().choose("#grant-client", "alice");
    browser().choose("#grant-resource", "wiki");
    browser().choose("#grant-span", "1h");
    browser().click("dialog .primary");
    browser().awaitText("Access of alice to wiki: granted.");
    browser().awaitText("59 min");
    Await.until("the wiki", SOON, this::aliceReachesTheWiki);
    assertThat(site().admin.get("/v1/authorizations")).contains("\"origin\":\"console\"");

    browser().click("[aria-label=\"Revoke access of alice to wiki\"]");
    browser().awaitText("Connections through it end.");
    browser().click("dialog .danger");
    browser().awaitText("Access of alice to wiki is revoked.");
    browser().await("!document.querySelector('[aria-label=\"Revoke access of alice to wiki\"]')");
    Await.until("the end", SOON, () -> !aliceReachesTheWiki());
    assertThat(site().admin.get("/v1/authorizations"))
        .doesNotContain("\"client\":\"alice\",\"resource\":\"wiki\"");
  }

  @Test
  void aDenialIsShownWithItsReason() {
    aliceReachesTheWiki();
    login();
    view("denials");
    browser().awaitText("No grant covers this address.");
    browser().awaitText(FaultSite.RESOURCE);
    browser().awaitText("no-authorization");
    view("overview");
    browser().awaitText("No grant covers this address.");
  }

  @Test
  void everythingCanBeDoneWithTheKeyboardAlone() {
    browser().await("document.activeElement.id === 'token'");
    browser().keys(TOKEN + ENTER);
    browser().awaitText("Connected clients");
    tabTo("Grants");
    browser().keys(ENTER);
    browser().await("document.activeElement.textContent === 'Grants'");
    tabTo("Grant access");
    browser().keys(ENTER);
    browser().await("document.querySelector('dialog[open]')");
    browser().keys(ESCAPE);
    browser().await("!document.querySelector('dialog')");
    assertThat(browser().focused()).isEqualTo("Grant access");
    browser().keys(ENTER);
    tabTo("Client");
    browser().keys("dave");
    tabTo("Resource");
    browser().keys("prin");
    tabTo("Grant");
    browser().keys(ENTER);
    browser().awaitText("Access of dave-laptop to printers: granted.");
    tabTo("Revoke access of dave-laptop to printers");
    browser().keys(ENTER);
    browser().await("document.querySelector('dialog[open]')");
    tabTo("Revoke");
    browser().keys(ENTER);
    browser().awaitText("Access of dave-laptop to printers is revoked.");
    assertThat(browser().js("return document.activeElement.id")).isEqualTo("view-title");
  }

  private void tabTo(String label) {
    for (int i = 0; i < 80; i++) {
      browser().keys(TAB);
      if (browser().focused().equals(label)) {
        return;
      }
    }
    throw new AssertionError("the tab key never comes to '" + label + "'");
  }

  @Test
  void aPhoneShowsEverythingWithoutScrollingSideways() {
    browser().size(360, 740);
    login();
    for (var view : VIEWS) {
      view(view);
      assertThat(browser().js("return document.documentElement.scrollWidth"))
          .as(view)
          .isEqualTo(360);
    }
  }

  @Test
  void hostileNamesStayText() {
    resource("hostile", "10.66.0.0/16", SCRIPT);
    resource("turned", "10.67.0.0/16", BACKWARDS + "\\\"><svg onload=pwned=1>");
    login();
    try {
      view("resources");
      browser().awaitText(SCRIPT);
      browser().awaitText("\ufffdgnirts\"><svg onload=pwned=1>");
      view("grants");
      browser().click(".title .primary");
      browser().await("document.querySelector('#grant-resource').innerText.includes('<script>')");
      browser().click("dialog button");
      assertThat(browser().js("return typeof window.pwned")).isEqualTo("undefined");
      assertThat(browser().js("return document.querySelectorAll('main img, main script').length"))
          .isEqualTo(0);
    } finally {
      site().admin.delete("/v1/resources/hostile");
      site().admin.delete("/v1/resources/turned");
    }
  }

  @Test
  void everythingHasANameAndEnoughContrastInLightAndDark() {
    login();
    for (boolean dark : new boolean[] {false, true}) {
      browser().dark(dark);
      for (var view : VIEWS) {
        view(view);
        browser().await("document.querySelector('tbody, .none')");
        assertThat(browser().js(NAMELESS)).as(view).hasToString("[]");
        assertThat(browser().js(FAINT)).as(view + (dark ? ", dark" : ", light")).hasToString("[]");
        assertThat(browser().js("return document.querySelectorAll('h1').length - 1"))
            .as("headings besides the one of the log-in")
            .isEqualTo(1);
      }
    }
  }

  private static final String NAMELESS =
      """
      return [...document.querySelectorAll('button,input,select,a,table,dialog,nav,section')]
        .filter(e => e.offsetParent && !e.ariaLabel && !e.labels?.length && !e.textContent.trim()
          && !e.getAttribute('aria-labelledby'))
        .map(e => e.outerHTML)
      """;

  /** Text whose contrast is less than the 4.5 to 1 of WCAG 2.1. */
  private static final String FAINT =
      """
      const rgb = text => {
        const c = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        c.fillStyle = text; c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data];
      };
      const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
        .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
      const behind = e => {
        for (; e; e = e.parentElement) {
          const back = getComputedStyle(e).backgroundColor;
          if (rgb(back)[3] > 250) return back;
        }
        return 'white';
      };
      const faint = [];
      for (const e of document.querySelectorAll('#house *')) {
        const says = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
        if (!e.offsetParent || e.disabled || !says) continue;
        const a = light(rgb(getComputedStyle(e).color)), b = light(rgb(behind(e)));
        const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
        if (ratio < 4.5) faint.push(e.className + ': ' + e.textContent + ' ' + ratio.toFixed(2));
      }
      return faint;
      """;

  @Test
  void thePagesForbidEverythingElse() {
    login();
    var headers =
        site().gateway.run("curl", "-sS", "-D", "-", "-o", "/dev/null", HOME + "main.js").out();
    assertThat(headers)
        .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "nosniff")
        .doesNotContain("unsafe", "Access-Control", "Set-Cookie");
    var withoutToken = site().gateway.run("curl", "-sS", "http://127.0.0.1:8443/v1/clients").out();
    assertThat(withoutToken).contains("carries no token").doesNotContain("alice");
  }

  /**
   * Pictures for the documentation: {@code -Dgatehouse.screenshots=true} replaces those in docs.
   */
  @Test
  void picturesCanBeTaken(@TempDir Path scratch) throws IOException {
    boolean forDocs = Boolean.getBoolean("gatehouse.screenshots");
    var target =
        forDocs ? Files.createDirectories(Bundle.sources().resolve("docs/console")) : scratch;
    grant("alice", "wiki", "30d");
    try {
      Await.until("the wiki", SOON, this::aliceReachesTheWiki);
      site().client.attempt("ping", "-n", "-c3", "-W1", "10.20.0.11"); // not permitted by filters
      site().client.attempt("ping", "-n", "-c2", "-W1", "10.20.0.77"); // not granted at all
      login();
      if (forDocs) {
        traffic();
      }
      browser().size(1280, 1060);
      picture(target, "overview", "overview", false);
      picture(target, "overview", "overview-dark", true);
      browser().size(1280, 640);
      picture(target, "grants", "grants", false);
      picture(target, "clients", "clients-dark", true);
      browser().dark(false);
      view("grants");
      browser().click(".title .primary");
      picture(target, "grant", false);
      browser().click("dialog button");
      browser().size(390, 844);
      picture(target, "grants", "phone", false);
    } finally {
      site().admin.delete("/v1/authorizations/alice/wiki");
    }
  }

  /** Three minutes of a curve that goes up and down; the last part goes on. */
  private void traffic() {
    for (var address : List.of(FaultSite.RESOURCE, "10.20.0.12")) {
      site()
          .resource
          .start("iperf3", "--server", "--forceflush", "--bind", address)
          .awaitLine("listening", SOON);
    }
    stream("10.20.0.12", 1, "-R", 600);
    site().client.start("ping", "-n", "-q", "-i", "0.004", "-s", "1200", FaultSite.RESOURCE);
    for (int megabits : new int[] {2, 8, 5, 3, 6, 14, 12, 9, 11, 6, 4, 7, 10, 16, 13}) {
      stream(FaultSite.RESOURCE, megabits, "-R", 11).awaitExit(SOON);
    }
    stream(FaultSite.RESOURCE, 12, "-R", 60);
    FaultSite.pass(Duration.ofSeconds(8));
  }

  private Background stream(String to, int megabits, String direction, int seconds) {
    return site()
        .client
        .start(
            "iperf3",
            "-u",
            "-l",
            "1200",
            "-b",
            megabits + "M",
            direction,
            "-t",
            "" + seconds,
            "-c",
            to);
  }

  private void picture(Path target, String view, String file, boolean dark) throws IOException {
    view(view);
    browser().await("document.querySelector('tbody tr')");
    browser().js("document.activeElement.blur()");
    picture(target, file, dark);
  }

  private void picture(Path target, String file, boolean dark) throws IOException {
    browser().dark(dark);
    var png = browser().screenshot();
    assertThat(png).hasSizeGreaterThan(10_000).startsWith(0x89, 'P', 'N', 'G');
    Files.write(target.resolve(file + ".png"), png);
  }
}
