import dev.gatehouse.tun.linux.LinuxTunProvider;
import org.jspecify.annotations.NullMarked;

/**
 * The TUN device of Linux: {@code /dev/net/tun} and route netlink.
 *
 * @provides dev.gatehouse.api.spi.TunProvider as {@code tun-linux}
 */
@NullMarked
module dev.gatehouse.tun.linux {
  requires transitive dev.gatehouse.api;
  requires org.jnrproject.ffi;
  requires org.slf4j;
  requires static org.jspecify;

  exports dev.gatehouse.tun.linux;
  // jnr-ffi makes the classes behind these interfaces in an unnamed module.
  exports dev.gatehouse.tun.linux.abi;

  provides dev.gatehouse.api.spi.TunProvider with
      LinuxTunProvider;
}
