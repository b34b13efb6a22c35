package dev.gatehouse.tun.windows.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.tun.windows.abi.WindowsApi;
import dev.gatehouse.tun.windows.core.AdapterGuid;
import dev.gatehouse.tun.windows.core.WindowsError;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** An adapter of the driver; it goes when closed. */
final class Adapter implements AutoCloseable {

  private static final String KIND = "Gatehouse";

  private final WindowsApi api;
  private final String name;
  private final long handle;
  private boolean closed;

  private Adapter(WindowsApi api, String name, long handle) {
    this.api = api;
    this.name = name;
    this.handle = handle;
  }

  /** Creates the adapter, or takes over one of that name which a crash has left. May be slow. */
  static Adapter open(WindowsApi api, String name) {
    try (var arena = Arena.ofConfined()) {
      var nameText = arena.allocateFrom(name, StandardCharsets.UTF_16LE);
      var kind = arena.allocateFrom(KIND, StandardCharsets.UTF_16LE);
      var guid = arena.allocateFrom(ValueLayout.JAVA_BYTE, AdapterGuid.bytes(AdapterGuid.of(name)));
      long handle =
          api.wintun().WintunCreateAdapter(nameText.address(), kind.address(), guid.address());
      int error = handle == 0 ? api.lastError().getAsInt() : 0;
      if (error == WindowsError.ALREADY_EXISTS) {
        handle = api.wintun().WintunOpenAdapter(nameText.address());
        error = handle == 0 ? api.lastError().getAsInt() : 0;
      }
      if (handle == 0) {
        throw cannotCreate(name, error);
      }
      return new Adapter(api, name, handle);
    }
  }

  /** The number by which the system's other functions know the adapter. */
  long luid() {
    try (var arena = Arena.ofConfined()) {
      var luid = arena.allocate(8, 8);
      api.wintun().WintunGetAdapterLUID(handle, luid.address());
      return luid.get(ValueLayout.JAVA_LONG, 0);
    }
  }

  /** Starts a session. */
  long startSession(int capacity) {
    long session = api.wintun().WintunStartSession(handle, capacity);
    if (session == 0) {
      throw new GatehouseException(
          StandardErrorCode.DEVICE_UNAVAILABLE,
          "The adapter "
              + name
              + " starts no session: "
              + WindowsError.describe(api.lastError().getAsInt())
              + ".",
          "Stop other programs that use this adapter, or make [tun] ring-capacity smaller.");
    }
    return session;
  }

  private static GatehouseException cannotCreate(String name, int error) {
    return error == WindowsError.ACCESS_DENIED
        ? new GatehouseException(
            StandardErrorCode.PERMISSION_DENIED,
            "The adapter " + name + " may not be created.",
            "Run the gateway as a service of the system account, or as administrator.")
        : new GatehouseException(
            StandardErrorCode.DEVICE_UNAVAILABLE,
            "The adapter " + name + " cannot be created: " + WindowsError.describe(error) + ".",
            "Look for the driver's messages in the event log, and restart Windows if a driver"
                + " installation is pending.");
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      api.wintun().WintunCloseAdapter(handle);
    }
  }
}
