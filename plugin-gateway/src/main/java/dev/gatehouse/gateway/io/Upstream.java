package dev.gatehouse.gateway.io;

import dev.gatehouse.api.model.IpAddress;
import io.vertx.core.Future;
import java.util.List;

/** The name servers behind the gateway. Any thread; futures complete on a thread of their own. */
interface Upstream extends AutoCloseable {

  /**
   * The addresses of a name, both families; none if it does not exist. Fails if nobody can tell.
   */
  Future<List<IpAddress>> resolve(String domain);

  /** The answer to a query, as it came. */
  Future<byte[]> forward(byte[] query, boolean tcp);

  /** The servers that are asked, for people. */
  List<String> servers();

  @Override
  void close();
}
