package dev.gatehouse.store;

import dev.gatehouse.testkit.store.Samples;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;

/** Grants and revokes until it is killed, telling what it begins and what was acknowledged. */
final class KillVictim {

  static final int WORKERS = 8;
  static final int KEYS = 12;

  private KillVictim() {}

  /**
   * Runs until it is killed.
   *
   * @param arguments directory and seed
   */
  public static void main(String[] arguments) throws Exception {
    var fixture = new Fixture(Path.of(arguments[0]));
    long seed = Long.parseLong(arguments[1]);
    fixture.createBasics(Math.max(WORKERS, KEYS));
    say("ready\n");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < WORKERS; i++) {
        int client = i;
        threads.execute(() -> work(fixture, client, new Random(seed + client)));
      }
    }
  }

  private static void work(Fixture fixture, int client, Random random) {
    while (true) {
      int resource = random.nextInt(KEYS);
      var key = Samples.key(client, resource);
      boolean held = fixture.store().authorization(key, fixture.soon()).isPresent();
      var what = (held ? "revoke " : "grant ") + key + " .\n";
      say("begin " + what);
      if (held) {
        fixture.store().revoke(key, fixture.soon());
      } else {
        fixture.grant(client, resource, Optional.empty());
      }
      say("done " + what);
    }
  }

  private static void say(String line) {
    var bytes = line.getBytes(StandardCharsets.UTF_8);
    synchronized (System.out) {
      System.out.write(bytes, 0, bytes.length);
      System.out.flush();
    }
  }
}
