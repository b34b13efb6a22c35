package dev.gatehouse.launcher.remote;

import dev.gatehouse.api.model.SecretKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A configuration as {@code wg-quick} and the WireGuard apps read it.
 *
 * @param client the client's id, for the comment
 * @param privateKey the client's private key; without it the owner of the key has to add it
 * @param publicKey the public key that belongs to it
 * @param addresses the client's tunnel addresses
 * @param nameServers what the client asks for names; empty for what it asks now
 * @param mtu the tunnel's MTU
 * @param gatewayKey the gateway's public key
 * @param presharedKey the pre-shared key, if there is one
 * @param endpoint where the gateway is, as host and port
 * @param allowedIps what goes through the tunnel
 * @param keepalive seconds between keepalives; 0 for none
 */
record WgQuickConfig(
    String client,
    Optional<SecretKey> privateKey,
    String publicKey,
    List<String> addresses,
    List<String> nameServers,
    long mtu,
    String gatewayKey,
    Optional<SecretKey> presharedKey,
    String endpoint,
    List<String> allowedIps,
    int keepalive) {

  /** The text as UTF-8, which the caller overwrites when done: it holds the keys. */
  byte[] render() {
    // Everything but the two keys is short: 4096 bytes and the lists bound the text.
    var text =
        ByteBuffer.allocate(
            4096
                + 64 * (addresses.size() + nameServers.size() + allowedIps.size())
                + 4 * endpoint.length());
    line(text, "# " + client + ", a client of Gatehouse");
    line(text, "[Interface]");
    if (privateKey.isPresent()) {
      secret(text, "PrivateKey = ", privateKey.get());
    } else {
      line(text, "# Add the private key that belongs to " + publicKey + ":");
      line(text, "# PrivateKey = ");
    }
    line(
        text,
        "Address = "
            + String.join(", ", addresses.stream().map(WgQuickConfig::hostNetwork).toList()));
    if (!nameServers.isEmpty()) {
      line(text, "DNS = " + String.join(", ", nameServers));
    }
    line(text, "MTU = " + mtu);
    line(text, "");
    line(text, "[Peer]");
    line(text, "PublicKey = " + gatewayKey);
    presharedKey.ifPresent(key -> secret(text, "PresharedKey = ", key));
    line(text, "Endpoint = " + endpoint);
    line(text, "AllowedIPs = " + String.join(", ", allowedIps));
    if (keepalive > 0) {
      line(text, "PersistentKeepalive = " + keepalive);
    }
    var bytes = Arrays.copyOf(text.array(), text.position());
    Arrays.fill(text.array(), (byte) 0);
    return bytes;
  }

  /** An address as the network that holds just it. */
  static String hostNetwork(String address) {
    return address + (address.indexOf(':') < 0 ? "/32" : "/128");
  }

  private static void line(ByteBuffer text, String line) {
    text.put(line.getBytes(StandardCharsets.UTF_8)).put((byte) '\n');
  }

  private static void secret(ByteBuffer text, String start, SecretKey key) {
    var base64 = key.toBase64();
    text.put(start.getBytes(StandardCharsets.UTF_8)).put(base64).put((byte) '\n');
    Arrays.fill(base64, (byte) 0);
  }
}
