package dev.gatehouse.launcher.store;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.launcher.remote.Answer;
import dev.gatehouse.launcher.remote.GatewayClient;
import dev.gatehouse.launcher.remote.RemoteErrorCode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** The store of a running gateway, reached through the gateway. */
final class OnlineStore {

  private static final Duration GLANCE = Duration.ofMillis(100);

  private final GatewayClient gateway;

  private OnlineStore(GatewayClient gateway) {
    this.gateway = gateway;
  }

  /** The running gateway's store; empty if no gateway runs. */
  static Optional<OnlineStore> of(GatewayClient gateway) {
    try {
      gateway.get("/live");
      return Optional.of(new OnlineStore(gateway));
    } catch (GatehouseException e) {
      if (e.code().equals(RemoteErrorCode.NO_GATEWAY)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Has the gateway write a backup, which belongs to the gateway's user. */
  void backup(Path file) {
    await(gateway.post("/v1/store/backup", Map.of("file", file.toAbsolutePath().toString())));
  }

  /** Has the gateway check its store; one sentence per problem. */
  List<String> verify() {
    return await(gateway.post("/v1/store/verify", Map.of())).texts("problems");
  }

  private Answer await(Answer started) {
    var task = started.text("task");
    var answer = started;
    while (!answer.flag("done")) {
      LockSupport.parkNanos(GLANCE.toNanos());
      answer = gateway.get("/v1/store/tasks/" + Answer.encoded(task));
    }
    return answer;
  }
}
