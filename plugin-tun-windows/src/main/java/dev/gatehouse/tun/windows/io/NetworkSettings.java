package dev.gatehouse.tun.windows.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.InterfaceAddress;
import dev.gatehouse.tun.windows.WindowsTunConfig;
import dev.gatehouse.tun.windows.abi.IpHelper;
import dev.gatehouse.tun.windows.core.NetworkRows;
import dev.gatehouse.tun.windows.core.WindowsError;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongToIntFunction;

/** Addresses, MTU, metric and routes of one adapter, by the IP Helper. */
final class NetworkSettings {

  private final IpHelper ipHelper;
  private final WindowsTunConfig config;
  private final long luid;

  NetworkSettings(IpHelper ipHelper, WindowsTunConfig config, long luid) {
    this.ipHelper = ipHelper;
    this.config = config;
    this.luid = luid;
  }

  /**
   * Makes the adapter have what is configured and nothing a crash has left.
   *
   * @return the addresses it really has; a family the system lacks is left out
   */
  List<InterfaceAddress> apply() {
    try (var arena = Arena.ofConfined()) {
      var row = arena.allocate(NetworkRows.INTERFACE_BYTES, 8);
      removeLeftAddresses(arena);
      removeLeftRoutes(arena);
      var added = new ArrayList<InterfaceAddress>();
      for (var each : config.addresses()) {
        if (hasFamily(row, each.address().isV4())) {
          addAddress(row, each);
          added.add(each);
        }
      }
      if (added.isEmpty()) {
        throw refused("The addresses", WindowsError.NOT_SUPPORTED);
      }
      for (var network : config.routes()) {
        boolean v4 = network.address().isV4();
        if (added.stream().anyMatch(address -> address.address().isV4() == v4)) {
          addRoute(row, network);
        }
      }
      return List.copyOf(added);
    }
  }

  /** Sets MTU and metric of a family; false if the system has no such family. */
  private boolean hasFamily(MemorySegment row, boolean v4) {
    NetworkRows.interfaceKey(row, luid, v4);
    int error = ipHelper.GetIpInterfaceEntry(row.address());
    if (error == WindowsError.NOT_FOUND || error == WindowsError.NOT_SUPPORTED) {
      return false;
    }
    if (error == 0) {
      NetworkRows.settings(row, config.mtu(), config.metric());
      error = ipHelper.SetIpInterfaceEntry(row.address());
    }
    if (error != 0) {
      throw refused("MTU and metric", error);
    }
    return true;
  }

  private void addAddress(MemorySegment row, InterfaceAddress address) {
    ipHelper.InitializeUnicastIpAddressEntry(row.address());
    NetworkRows.address(row, luid, address);
    int error = ipHelper.CreateUnicastIpAddressEntry(row.address());
    if (error != 0 && error != WindowsError.OBJECT_ALREADY_EXISTS) {
      throw refused("The address " + address, error);
    }
  }

  private void addRoute(MemorySegment row, Cidr network) {
    ipHelper.InitializeIpForwardEntry(row.address());
    NetworkRows.route(row, luid, network);
    int error = ipHelper.CreateIpForwardEntry2(row.address());
    if (error != 0 && error != WindowsError.OBJECT_ALREADY_EXISTS) {
      throw refused("The route to " + network, error);
    }
  }

  private void removeLeftAddresses(Arena arena) {
    remove(
        arena,
        table -> ipHelper.GetUnicastIpAddressTable(0, table),
        NetworkRows.ADDRESS_BYTES,
        row ->
            NetworkRows.addressLuid(row) == luid
                && config.addresses().stream()
                    .noneMatch(each -> each.address().equals(NetworkRows.addressOf(row))),
        ipHelper::DeleteUnicastIpAddressEntry);
  }

  private void removeLeftRoutes(Arena arena) {
    remove(
        arena,
        table -> ipHelper.GetIpForwardTable2(0, table),
        NetworkRows.ROUTE_BYTES,
        row -> NetworkRows.routeLuid(row) == luid && NetworkRows.isStatic(row),
        ipHelper::DeleteIpForwardEntry2);
  }

  private interface Test {
    boolean isLeft(MemorySegment row);
  }

  @SuppressWarnings("restricted") // the system gives the address of the table
  private void remove(
      Arena arena, LongToIntFunction list, int rowBytes, Test test, LongToIntFunction delete) {
    var pointer = arena.allocate(8, 8);
    int error = list.applyAsInt(pointer.address());
    if (error == WindowsError.NOT_FOUND) {
      return;
    }
    if (error != 0) {
      throw refused("What is left of an earlier run", error);
    }
    var start = MemorySegment.ofAddress(pointer.get(ValueLayout.JAVA_LONG, 0));
    try {
      int rows = start.reinterpret(4).get(ValueLayout.JAVA_INT, 0);
      var table = start.reinterpret(NetworkRows.TABLE_ROWS + (long) rows * rowBytes);
      for (int i = 0; i < rows; i++) {
        var row = table.asSlice(NetworkRows.TABLE_ROWS + (long) i * rowBytes, rowBytes);
        if (test.isLeft(row)) {
          int refused = delete.applyAsInt(row.address());
          if (refused != 0 && refused != WindowsError.NOT_FOUND) {
            throw refused("What is left of an earlier run", refused);
          }
        }
      }
    } finally {
      ipHelper.FreeMibTable(start.address());
    }
  }

  private GatehouseException refused(String what, int error) {
    return new GatehouseException(
        StandardErrorCode.DEVICE_UNAVAILABLE,
        what
            + " of the adapter "
            + config.name()
            + " cannot be set: "
            + WindowsError.describe(error)
            + ".",
        "Check the section [tun], and that no other adapter has the same addresses.");
  }
}
