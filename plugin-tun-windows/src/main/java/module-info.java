import dev.gatehouse.tun.windows.WindowsTunProvider;
import org.jspecify.annotations.NullMarked;

/**
 * The TUN device of Windows: the Wintun driver and the IP Helper.
 *
 * @provides dev.gatehouse.api.spi.TunProvider as {@code tun-windows}
 */
@NullMarked
module dev.gatehouse.tun.windows {
  requires transitive dev.gatehouse.api;
  requires org.jnrproject.ffi;
  requires org.slf4j;
  requires static org.jspecify;

  exports dev.gatehouse.tun.windows;
  // jnr-ffi makes the classes behind these interfaces in an unnamed module.
  exports dev.gatehouse.tun.windows.abi;

  provides dev.gatehouse.api.spi.TunProvider with
      WindowsTunProvider;
}
