package dev.gatehouse.relay.core.turn;

/**
 * What a server counted. Written on its thread; another thread reads values that may be a moment
 * old.
 */
public final class TurnCounters {

  /** Codes counted one by one; every other is counted as 500. */
  private static final int[] CODES = {
    0, 300, 400, 401, 403, 420, 437, 438, 440, 441, 442, 443, 486, 508, 500
  };

  private final long[] drops = new long[TurnDrop.count()];
  private final long[][] answers = new long[16][CODES.length];
  long allocationsCreated;
  long toPeerPackets;
  long toPeerBytes;
  long toClientPackets;
  long toClientBytes;
  long noncesRejected;

  /** All zero. */
  TurnCounters() {}

  /** Datagrams dropped for a reason. */
  public long dropped(TurnDrop reason) {
    return drops[reason.ordinal()];
  }

  /**
   * Answers sent.
   *
   * @param method the STUN method, 1 to 9
   * @param code 0 for success, else the error code
   */
  public long answered(int method, int code) {
    return answers[method & 15][place(code)];
  }

  /** The codes {@link #answered} tells apart; 0 is success and 500 is every other code. */
  public static int[] codes() {
    return CODES.clone();
  }

  /** Allocations made since the start. */
  public long allocationsCreated() {
    return allocationsCreated;
  }

  /** Datagrams from clients to peers. */
  public long toPeerPackets() {
    return toPeerPackets;
  }

  /** Payload bytes from clients to peers. */
  public long toPeerBytes() {
    return toPeerBytes;
  }

  /** Datagrams from peers to clients. */
  public long toClientPackets() {
    return toClientPackets;
  }

  /** Payload bytes from peers to clients. */
  public long toClientBytes() {
    return toClientBytes;
  }

  /** Requests with a nonce that was stale, forged or another client's. */
  public long noncesRejected() {
    return noncesRejected;
  }

  void drop(TurnDrop reason) {
    drops[reason.ordinal()]++;
  }

  void answer(int method, int code) {
    answers[method & 15][place(code)]++;
  }

  private static int place(int code) {
    for (int i = 0; i < CODES.length; i++) {
      if (CODES[i] == code) {
        return i;
      }
    }
    return CODES.length - 1;
  }
}
