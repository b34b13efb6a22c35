import org.jspecify.annotations.NullMarked;

/** The WireGuard tunnel. */
@NullMarked
module dev.gatehouse.crypto {
  requires transitive dev.gatehouse.api;
  requires org.bouncycastle.provider;
  requires org.jnrproject.ffi;
  requires org.slf4j;
  requires static org.jspecify;

  exports dev.gatehouse.crypto;
  exports dev.gatehouse.crypto.abi;

  provides dev.gatehouse.api.spi.TunnelProvider with
      dev.gatehouse.crypto.WireGuardProvider;
}
