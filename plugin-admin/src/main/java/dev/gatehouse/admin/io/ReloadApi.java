package dev.gatehouse.admin.io;

import dev.gatehouse.admin.core.Reply;
import dev.gatehouse.admin.core.Request;
import dev.gatehouse.admin.core.Route;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.util.LinkedHashMap;
import java.util.List;

/** Reading the configuration again. */
final class ReloadApi {

  private final Gateway gateway;

  ReloadApi(Gateway gateway) {
    this.gateway = gateway;
  }

  List<Route> routes() {
    return List.of(Route.of("POST", "/v1/reload", this::reload));
  }

  private Reply reload(Request request) {
    if (request.body().length() > 0) {
      request.fields().finish();
    }
    try {
      var done = gateway.context().reload();
      var answer = new LinkedHashMap<String, Object>();
      answer.put("changed", done.changed());
      answer.put("after-restart", done.afterRestart());
      return Reply.ok(answer);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GatehouseException(
          StandardErrorCode.INTERNAL, "The gateway is stopping.", "Ask again when it runs.", e);
    }
  }
}
