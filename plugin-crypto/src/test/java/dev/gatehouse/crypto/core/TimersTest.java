package dev.gatehouse.crypto.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.DropReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every timer of the paper's section 6, in virtual time, on the messages that come out. */
class TimersTest {

  private static final byte[] PACKET = Packets.udp4(new byte[100], 0);

  private final Node client = new Node("192.0.2.1:1000", 1);
  private final Node gateway = new Node("192.0.2.2:51820", 2);

  /** What the client sent, with the second it was sent at. */
  private final List<String> log = new ArrayList<>();

  private boolean connectedLink = true;

  @AfterEach
  void nothingIsLeft() {
    client.close();
    gateway.close();
  }

  private void connect(Timing timing, Duration keepalive) {
    client.knows(gateway, 1, true, timing, keepalive);
    gateway.knows(client, 1, false, timing, Duration.ZERO);
    client.send(1, PACKET);
    exchange();
    gateway.opened();
    log.clear();
  }

  private void connect() {
    connect(Timing.STANDARD, Duration.ZERO);
  }

  private void exchange() {
    while (true) {
      var up = client.sent();
      up.forEach(datagram -> log.add(second() + " " + kind(datagram)));
      var down = gateway.sent();
      down.forEach(datagram -> log.add(second() + " gateway " + kind(datagram)));
      if (up.isEmpty() && down.isEmpty()) {
        return;
      }
      if (connectedLink) {
        gateway.receive(up, client.address);
        client.receive(down, gateway.address);
      }
    }
  }

  private long second() {
    return (client.now - Node.BEGIN) / 1_000_000_000L;
  }

  private static String kind(Node.Datagram datagram) {
    int size = datagram.bytes().list().size();
    return switch (datagram.bytes().list().getFirst()) {
      case Messages.INITIATION -> "initiation";
      case Messages.RESPONSE -> "response";
      case Messages.COOKIE -> "cookie";
      default -> size == Messages.DATA_OVERHEAD ? "keepalive" : "data";
    };
  }

  /** Lets time pass in steps of 50 ms. */
  private void pass(Duration time) {
    long end = client.now + time.toNanos();
    while (client.now < end) {
      client.now += 50_000_000;
      gateway.now = client.now;
      client.tick();
      gateway.tick();
      exchange();
    }
  }

  private List<String> said(String what) {
    return log.stream().filter(line -> line.endsWith(what)).toList();
  }

  @Test
  void anIdleConnectionIsSilent() {
    connect();
    pass(Duration.ofSeconds(9));
    assertThat(log).isEmpty();
    pass(Duration.ofMinutes(30));
    assertThat(log).containsExactly("10 gateway keepalive");
  }

  @Test
  void aHandshakeWithoutAnswerIsRepeatedEveryFiveSecondsForNinety() {
    connectedLink = false;
    client.knows(gateway, 1, true);
    client.send(1, PACKET);
    pass(Duration.ofMinutes(5));
    var initiations = said("initiation");
    assertThat(initiations).hasSize(1 + 18);
    var seconds =
        initiations.stream()
            .map(line -> Integer.parseInt(line.substring(0, line.indexOf(' '))))
            .toList();
    for (int i = 1; i < seconds.size(); i++) {
      assertThat(seconds.get(i) - seconds.get(i - 1)).isBetween(5, 6);
    }
    assertThat(client.dropped(DropReason.NO_SESSION)).as("what waited was given up").isEqualTo(1);

    client.send(1, PACKET);
    exchange();
    assertThat(said("initiation")).as("new packets begin anew").hasSize(20);
  }

  @Test
  void theTimeBetweenAttemptsIsFiveSecondsAndARandomThird() {
    connectedLink = false;
    client.knows(gateway, 1, true);
    client.send(1, PACKET);
    client.sent();
    var extra = new ArrayList<Long>();
    long last = client.now;
    for (int i = 0; i < 18; i++) {
      client.now = client.core.nextDeadline();
      client.tick();
      assertThat(client.sent()).as("attempt %s", i).hasSize(1);
      extra.add((client.now - last) / 1_000_000 - 5_000);
      last = client.now;
    }
    assertThat(extra).allMatch(millis -> millis >= 0 && millis < 333);
    assertThat(extra.stream().distinct().count()).as("different delays").isGreaterThan(10);
  }

  @Test
  void dataThatComesWhileAKeepaliveIsDueIsAnsweredByASecondOne() {
    connect();
    gateway.send(1, PACKET);
    exchange();
    pass(Duration.ofSeconds(4));
    gateway.send(1, PACKET);
    exchange();
    log.clear();
    pass(Duration.ofSeconds(30));
    assertThat(said("keepalive").stream().filter(line -> !line.contains("gateway")))
        .containsExactly("10 keepalive", "20 keepalive");
  }

  @Test
  void initiationsOfOnePeerAreAnsweredFiftyTimesASecondAtMost() {
    client.knows(gateway, 1, true);
    gateway.knows(client, 1, false);
    var restless = new Timing(1, 2, 2, 1, 1, 1, 0, 0, false);
    client.knows(gateway.key(), 1, gateway.address, restless, Duration.ZERO, null);
    int answers = 0;
    for (int i = 0; i < 1000; i++) {
      client.now += 1_000_000;
      gateway.now = client.now;
      client.wall = client.wall.plusMillis(20); // its stamps are coarser than its haste
      client.core.call(1, client.now);
      gateway.receive(client.sent(), client.address);
      answers += gateway.sent().size();
    }
    assertThat(answers).isBetween(49, 50);
    assertThat(gateway.dropped(DropReason.RATE_LIMITED)).isGreaterThan(900);
  }

  @Test
  void receivedDataIsAnsweredAfterTenSeconds() {
    connect();
    gateway.send(1, PACKET);
    exchange();
    log.clear();
    pass(Duration.ofSeconds(12));
    assertThat(log).containsExactly("10 keepalive");
  }

  @Test
  void dataOfOnesOwnMakesTheKeepaliveUnnecessary() {
    connect();
    client.send(1, PACKET);
    exchange();
    gateway.send(1, PACKET);
    exchange();
    pass(Duration.ofSeconds(5));
    client.send(1, PACKET);
    exchange();
    log.clear();
    pass(Duration.ofSeconds(7));
    assertThat(said("keepalive")).noneMatch(line -> !line.contains("gateway"));
  }

  @Test
  void dataWithoutAnyAnswerBeginsAHandshakeAfterFifteenSeconds() {
    connect();
    pass(Duration.ofSeconds(20));
    log.clear();
    connectedLink = false;
    client.send(1, PACKET);
    pass(Duration.ofSeconds(17));
    assertThat(said("initiation")).hasSize(1);
    assertThat(said("initiation").getFirst()).matches("3[56] initiation");
  }

  @Test
  void onlyTheCallerReplacesASessionAfterTwoMinutes() {
    connect();
    pass(Duration.ofSeconds(119));
    client.send(1, PACKET);
    exchange();
    assertThat(said("initiation")).isEmpty();
    pass(Duration.ofSeconds(2));
    gateway.send(1, PACKET);
    exchange();
    assertThat(said("initiation")).isEmpty();
    client.send(1, PACKET);
    exchange();
    assertThat(said("initiation")).containsExactly("121 initiation");
    assertThat(gateway.opened()).hasSize(2);
    assertThat(client.core.handshakes()).isEqualTo(2);
  }

  @Test
  void theCallerThatOnlyReceivesReplacesASessionBeforeItEnds() {
    connect();
    for (int i = 0; i < 16; i++) {
      pass(Duration.ofSeconds(10));
      gateway.send(1, PACKET);
      exchange();
    }
    log.clear();
    pass(Duration.ofSeconds(4));
    gateway.send(1, PACKET);
    exchange();
    assertThat(said("initiation")).as("at 164 s").isEmpty();
    pass(Duration.ofSeconds(1));
    gateway.send(1, PACKET);
    gateway.send(1, PACKET);
    exchange();
    assertThat(said("initiation")).containsExactly("165 initiation");
  }

  @Test
  void afterThreeMinutesASessionIsUsedForNothing() {
    connect();
    client.send(1, PACKET);
    var early = client.sent();
    pass(Duration.ofSeconds(181));
    log.clear();
    gateway.receive(early, client.address);
    assertThat(gateway.opened()).isEmpty();
    assertThat(gateway.dropped(DropReason.SESSION_TOO_OLD)).isEqualTo(1);
    client.send(1, PACKET);
    exchange();
    assertThat(log.getFirst()).isEqualTo("181 initiation");
    assertThat(gateway.opened()).containsExactly(PACKET);
  }

  @Test
  void theGatewayMayCallAClientItHasHeardOf() {
    connect();
    pass(Duration.ofSeconds(200));
    log.clear();
    gateway.send(1, PACKET);
    exchange();
    assertThat(log).startsWith("200 gateway initiation", "200 response");
    assertThat(client.opened()).containsExactly(PACKET);
  }

  @Test
  void persistentKeepalivesComeOnTimeAndBeginTheHandshakeByThemselves() {
    client.knows(gateway, 1, true, Timing.STANDARD, Duration.ofSeconds(25));
    gateway.knows(client, 1, false);
    pass(Duration.ofSeconds(101));
    assertThat(said("initiation")).containsExactly("0 initiation");
    var keepalives = said("keepalive").stream().filter(line -> !line.contains("gateway")).toList();
    assertThat(keepalives)
        .containsExactly(
            "0 keepalive", "25 keepalive", "50 keepalive", "75 keepalive", "100 keepalive");
    pass(Duration.ofMinutes(10));
    assertThat(gateway.news).containsExactly("connected 1");
  }

  @Test
  void keysAreOverwrittenAfterThreeLifetimesAndThatEndsTheConnection() {
    var patient = new Node("192.0.2.3:3", 3, Duration.ofHours(1), 1000);
    patient.knows(client, 1, false);
    client.knows(patient, 2, true);
    client.send(2, PACKET);
    patient.receive(client.sent(), client.address);
    client.receive(patient.sent(), patient.address);
    patient.receive(client.sent(), client.address);
    assertThat(patient.opened()).containsExactly(PACKET);
    patient.now += Duration.ofSeconds(539).toNanos();
    patient.tick();
    assertThat(patient.news).containsExactly("connected 1");
    patient.now += Duration.ofSeconds(2).toNanos();
    patient.tick();
    assertThat(patient.news).containsExactly("connected 1", "disconnected 1 SESSION_EXPIRED");
    patient.close();
  }

  @Test
  void silenceIsNoticedOnTimeAndTheSessionGoesOn() {
    var strict = new Node("192.0.2.3:3", 3, Duration.ofSeconds(10), 1000);
    strict.knows(client, 1, false);
    client.knows(strict, 2, true);
    client.send(2, PACKET);
    strict.receive(client.sent(), client.address);
    client.receive(strict.sent(), strict.address);
    strict.receive(client.sent(), client.address);
    strict.now += Duration.ofMillis(9_999).toNanos();
    strict.tick();
    assertThat(strict.news).containsExactly("connected 1");
    strict.now += Duration.ofMillis(2).toNanos();
    strict.tick();
    assertThat(strict.news).containsExactly("connected 1", "disconnected 1 SILENT");
    client.send(2, PACKET);
    strict.receive(client.sent(), client.address);
    assertThat(strict.opened()).hasSize(2);
    assertThat(strict.news).endsWith("connected 1");
    strict.close();
  }

  @Test
  void aSessionIsReplacedAfterTooManyMessages() {
    connect();
    skipTo(Timing.REKEY_AFTER_MESSAGES);
    client.send(1, PACKET);
    pass(Duration.ofSeconds(6));
    client.send(1, PACKET);
    exchange();
    assertThat(said("initiation")).hasSize(1);
  }

  @Test
  void aUsedUpSessionSendsNothing() {
    connect();
    pass(Duration.ofSeconds(6));
    skipTo(Timing.REJECT_AFTER_MESSAGES);
    log.clear();
    client.send(1, PACKET);
    exchange();
    assertThat(log.getFirst()).isEqualTo("6 initiation");
    assertThat(gateway.opened()).containsExactly(PACKET);
  }

  private void skipTo(long counter) {
    client.core.skipTo(1, counter);
  }

  @Test
  void firezonesTimesReplaceASessionWhenItEndsAndStopSendingEarly() {
    connect(Timing.FIREZONE, Duration.ZERO);
    pass(Duration.ofSeconds(1));
    assertThat(gateway.opened()).containsExactly(PACKET);
    log.clear();
    pass(Duration.ofSeconds(170));
    assertThat(said("initiation")).isEmpty();
    gateway.send(1, PACKET);
    exchange();
    assertThat(said("data")).as("at 171 s").isEmpty();
    pass(Duration.ofSeconds(1));
    assertThat(said("initiation")).hasSize(1);
    pass(Duration.ofMinutes(4));
    assertThat(said("initiation").size()).isGreaterThan(1);
  }

  @Test
  void firezonesAttemptsEndAfterTwentySeconds() {
    connectedLink = false;
    client.knows(gateway, 1, true, Timing.FIREZONE, Duration.ZERO);
    client.send(1, PACKET);
    pass(Duration.ofMinutes(2));
    assertThat(said("initiation")).hasSize(1 + 4);
  }
}
