package dev.gatehouse.relay.core.turn;

/**
 * What a {@link TurnServer} asks of its shell beside the verdicts on data. Called on the server's
 * thread, from inside one of the server's methods. An implementation must not call back into the
 * server, but for {@link TurnServer#relayOpened} from inside {@link #openRelay}.
 */
public interface RelayOutput {

  /**
   * Sends a STUN message to a client.
   *
   * @param high the client's address as in {@link dev.gatehouse.api.model.IpAddress#high()}
   * @param low the lower half
   * @param port the client's port
   * @param link how it is reached, as given to {@link TurnServer#fromClient}
   * @param message the bytes from index 0; the server's, valid until this returns
   * @param length how many of them
   */
  void reply(long high, long low, int port, int link, byte[] message, int length);

  /**
   * Binds a UDP socket at the relay's address. The outcome goes to {@link TurnServer#relayOpened},
   * at once or later.
   *
   * @param relay the handle of the socket, small and dense; free for another socket once closed.
   *     Odd for IPv6, even for IPv4
   * @param port the port to bind
   */
  void openRelay(int relay, int port);

  /**
   * Closes a relayed socket, opened or still being opened. From now on the shell says nothing about
   * this handle until it is opened again.
   *
   * @param relay the handle
   */
  void closeRelay(int relay);

  /**
   * Tells another server of the group to give up an allocation, because its user has a newer one:
   * {@link TurnServer#evict} on that server's thread.
   *
   * @param server the number of the other server
   * @param allocation what to pass on
   */
  void evict(int server, long allocation);
}
