package dev.gatehouse.admin.io;

import dev.gatehouse.admin.AdminConfig;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.spi.PluginContext;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The socket on which {@code wg} finds the gateway, called after its interface. Unless the
 * configuration insists, a gateway that cannot have it goes without.
 */
final class UapiFront {

  private static final Logger log = LoggerFactory.getLogger(UapiFront.class);

  /** What a file may be called, and an interface that {@code wg} knows. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_=+.-]{1,15}");

  private final AdminConfig config;
  private final PluginContext context;
  private final UapiServer server;
  private volatile @Nullable SocketFile socket;
  private volatile String without = "It has not been started.";

  UapiFront(AdminConfig config, PluginContext context, UapiDevice device) {
    this.config = config;
    this.context = context;
    this.server = new UapiServer(context.vertx(), config.requestTimeout(), device::answer);
  }

  /**
   * Opens the socket, if it may be.
   *
   * @throws GatehouseException if it cannot be opened and the configuration insists on it
   */
  void start() {
    boolean insisted = config.uapi().orElse(false);
    if (!config.uapi().orElse(true)) {
      without = "It is switched off by [admin] uapi.";
      return;
    }
    if (!insisted && !FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      without = "There is no such socket on this system.";
      return;
    }
    try {
      open();
    } catch (GatehouseException e) {
      if (insisted) {
        throw e;
      }
      without = e.problem();
      boolean expected = StandardErrorCode.PERMISSION_DENIED.equals(e.code());
      log.atLevel(expected ? Level.DEBUG : Level.INFO)
          .addKeyValue("reason", e.problem())
          .addKeyValue("fix", e.fix())
          .log("wg cannot talk to this gateway");
    }
  }

  private void open() {
    var name = context.tun().name();
    if (!NAME.matcher(name).matches() || name.startsWith(".")) {
      throw new GatehouseException(
          StandardErrorCode.DEVICE_UNAVAILABLE,
          "No socket can be called after the interface.",
          "Give it another name in [tun].");
    }
    var file = SocketFile.forWg(config.uapiDirectory().resolve(name + ".sock"));
    file.prepare();
    try {
      server.listen(file.bindPath());
    } catch (IOException | UnsupportedOperationException e) {
      file.remove();
      throw file.unusable(e);
    }
    file.publish();
    socket = file;
    log.atInfo().addKeyValue("socket", file.target()).log("wg can talk to this gateway");
  }

  /** Removes the socket and ends its connections. */
  void stop() {
    var file = socket;
    socket = null;
    without = "It has been stopped.";
    if (file != null) {
      file.remove();
    }
    server.close();
  }

  /** Where the socket lies; null if there is none. */
  @Nullable Path target() {
    var file = socket;
    return file == null ? null : file.target();
  }

  Map<String, Object> status() {
    var status = new LinkedHashMap<String, Object>();
    var file = socket;
    status.put("open", file != null && file.isInPlace());
    if (file == null) {
      status.put("reason", without);
    } else {
      status.put("socket", file.target().toString());
      status.put("requests", server.requests());
      status.put("refused-connections", server.refusedConnections());
    }
    return status;
  }
}
