package com.example.appliance;

import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What a laptop hears when it pings. */
final class Answers {

  private static final int TRIES = 100;

  private final LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>(100);
  private PacketDevice device;

  PacketDevice device(PacketDevice given) {
    device = given;
    return given;
  }

  /** Takes note of a packet; nothing is sent back. */
  Optional<byte[]> hear(byte[] packet) {
    Ping.describe(packet).ifPresent(heard::offer);
    return Optional.empty();
  }

  /** Sends a packet again and again until the answer is the expected one. */
  String until(String expected, byte[] packet) throws InterruptedException {
    var last = "silence";
    for (int i = 0; i < TRIES && !last.equals(expected); i++) {
      device.send(packet);
      var answer = heard.poll(500, TimeUnit.MILLISECONDS);
      last = answer == null ? last : answer;
    }
    return last;
  }
}
