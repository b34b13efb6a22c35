package dev.gatehouse.tun.windows.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.InterfaceAddress;
import dev.gatehouse.tun.windows.WindowsTunConfig;
import dev.gatehouse.tun.windows.abi.WindowsApi;
import dev.gatehouse.tun.windows.core.AdapterGuid;
import dev.gatehouse.tun.windows.core.NetworkRows;
import dev.gatehouse.tun.windows.core.WindowsError;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

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

  /** Creates the adapter, or takes over one of that name which a crash has left. */
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

  /**
   * Sets addresses and MTU.
   *
   * @return the addresses the adapter really has; a family the system lacks is left out
   */
  List<InterfaceAddress> configure(WindowsTunConfig config) {
    try (var arena = Arena.ofConfined()) {
      var luidAt = arena.allocate(8, 8);
      api.wintun().WintunGetAdapterLUID(handle, luidAt.address());
      long luid = luidAt.get(ValueLayout.JAVA_LONG, 0);
      var row = arena.allocate(NetworkRows.INTERFACE_BYTES, 8);
      var added = new ArrayList<InterfaceAddress>();
      for (var each : config.addresses()) {
        if (!setMtu(row, luid, each.address().isV4(), config.mtu())) {
          continue;
        }
        addAddress(row, luid, each);
        added.add(each);
      }
      if (added.isEmpty()) {
        throw cannotConfigure("The addresses", WindowsError.NOT_SUPPORTED);
      }
      return List.copyOf(added);
    }
  }

  /** False if the system has no such address family. */
  private boolean setMtu(MemorySegment row, long luid, boolean v4, int mtu) {
    NetworkRows.interfaceKey(row, luid, v4);
    int error = api.ipHelper().GetIpInterfaceEntry(row.address());
    if (error == WindowsError.NOT_FOUND || error == WindowsError.NOT_SUPPORTED) {
      return false;
    }
    if (error == 0) {
      NetworkRows.mtu(row, mtu);
      error = api.ipHelper().SetIpInterfaceEntry(row.address());
    }
    if (error != 0) {
      throw cannotConfigure("The MTU", error);
    }
    return true;
  }

  private void addAddress(MemorySegment row, long luid, InterfaceAddress address) {
    api.ipHelper().InitializeUnicastIpAddressEntry(row.address());
    NetworkRows.address(row, luid, address);
    int error = api.ipHelper().CreateUnicastIpAddressEntry(row.address());
    if (error != 0 && error != WindowsError.OBJECT_ALREADY_EXISTS) {
      throw cannotConfigure("The address " + address, error);
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

  private GatehouseException cannotConfigure(String what, int error) {
    return new GatehouseException(
        StandardErrorCode.DEVICE_UNAVAILABLE,
        what + " of the adapter " + name + " cannot be set: " + WindowsError.describe(error) + ".",
        "Check the section [tun], and that no other adapter has the same addresses.");
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
