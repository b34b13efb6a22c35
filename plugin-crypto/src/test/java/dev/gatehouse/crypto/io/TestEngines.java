package dev.gatehouse.crypto.io;

import dev.gatehouse.crypto.AeadChoice;
import dev.gatehouse.crypto.core.AeadEngine;
import dev.gatehouse.crypto.core.Curve25519;
import dev.gatehouse.crypto.core.KeyAgreement;
import java.util.ArrayList;
import java.util.List;

/** The engines, for tests in other packages. */
public final class TestEngines {

  private TestEngines() {}

  /** What {@code auto} takes. */
  public static AeadEngine fastest() {
    return AeadEngines.choose(AeadChoice.AUTO);
  }

  /** All that can be loaded here, OpenSSL's for any thread and for one. */
  public static List<AeadEngine> all() {
    var all = new ArrayList<AeadEngine>();
    var openSsl = OpenSslEngine.load();
    if (openSsl != null) {
      all.add(openSsl);
      all.add(openSsl.confined());
    }
    var ipsecMb = IpsecMbEngine.load();
    if (ipsecMb != null) {
      all.add(ipsecMb);
      all.add(ipsecMb.confined());
    }
    all.add(new JdkEngine());
    all.add(new BouncyCastleEngine());
    return all;
  }

  /** All implementations of X25519 there are here. */
  public static List<KeyAgreement> curves() {
    var openSsl = OpenSslEngine.load();
    return openSsl == null
        ? List.of(Curve25519.JAVA)
        : List.of(Curve25519.JAVA, openSsl.keyAgreement());
  }
}
