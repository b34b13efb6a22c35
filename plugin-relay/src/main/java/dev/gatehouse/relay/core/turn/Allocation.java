package dev.gatehouse.relay.core.turn;

import dev.gatehouse.relay.core.stun.Stun;
import dev.gatehouse.relay.core.stun.StunReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An allocation (RFC 8656, section 7), from the moment its sockets are asked for. */
final class Allocation {

  /** A peer address that may reach the client (RFC 8656, section 9). */
  static final class Permission {
    final long high;
    final long low;
    long until;

    Permission(long high, long low) {
      this.high = high;
      this.low = low;
    }
  }

  final TurnClient client;
  final long id;
  final int index;

  /** The user's name as its client wrote it, and in which realm. */
  final Grant grant;

  final Users.User user;
  final List<Channel> channels = new ArrayList<>();
  final List<Permission> permissions = new ArrayList<>();
  final Rate requests;

  /** Answers to requests that come from the client's address and do not prove themselves. */
  final Rate challenges;

  /** The request that is answered when the sockets are open; null once it was. */
  @Nullable Opening opening;

  int port;

  /** Which of {@link AllocateWish#V4} and {@link AllocateWish#V6} it has. */
  int families;

  long expiresAt;

  /** When the wheel will look at it, in seconds; long ago if it will not. */
  long checkAt = Long.MIN_VALUE;

  /** The transaction that made it, and its answer, for when it comes again. */
  final byte[] transaction;

  byte @Nullable [] answer;

  Allocation(
      TurnClient client,
      long id,
      int index,
      Grant grant,
      Users.User user,
      Opening opening,
      Rate requests,
      Rate challenges) {
    this.client = client;
    this.id = id;
    this.index = index;
    this.grant = grant;
    this.user = user;
    this.opening = opening;
    this.requests = requests;
    this.challenges = challenges;
    transaction = opening.transaction;
  }

  boolean madeBy(StunReader message) {
    int from = message.start() + Stun.TRANSACTION;
    return Arrays.equals(
        transaction, 0, transaction.length, message.bytes(), from, from + transaction.length);
  }

  boolean has(int family) {
    return (families & family) != 0;
  }

  /** The handle of the socket of a family. */
  int relay(boolean v6) {
    return 2 * index + (v6 ? 1 : 0);
  }
}
