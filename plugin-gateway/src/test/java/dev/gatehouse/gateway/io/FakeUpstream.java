package dev.gatehouse.gateway.io;

import dev.gatehouse.api.model.IpAddress;
import io.vertx.core.Future;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Name servers that know what a test tells them. */
final class FakeUpstream implements Upstream {

  final Map<String, List<IpAddress>> names = new HashMap<>();
  boolean dead;
  int resolved;
  int forwarded;

  void knows(String name, String... addresses) {
    names.put(name, Arrays.stream(addresses).map(IpAddress::parse).toList());
  }

  @Override
  public Future<List<IpAddress>> resolve(String domain) {
    resolved++;
    return dead
        ? Future.failedFuture("the test has unplugged the name servers")
        : Future.succeededFuture(names.getOrDefault(domain, List.of()));
  }

  @Override
  public Future<byte[]> forward(byte[] query, boolean tcp) {
    forwarded++;
    return dead
        ? Future.failedFuture("the test has unplugged the name servers")
        : Future.succeededFuture(query.clone());
  }

  @Override
  public List<String> servers() {
    return List.of();
  }

  @Override
  public void close() {}
}
