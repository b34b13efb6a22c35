package dev.gatehouse.launcher.remote;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.launcher.cli.Console;
import dev.gatehouse.launcher.cli.Keys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Adds a client and makes its configuration. The private key stays in this process. */
@Command(
    name = "add",
    description = {
      "Add a client and print its WireGuard configuration.",
      "The key pair is made here; the gateway never sees the private key. On a terminal the"
          + " configuration is also shown as a QR code."
    })
final class ClientAddCommand extends RemoteCommand {

  @Parameters(
      paramLabel = "ID",
      description = "Names it: lower-case letters, digits, '.', '_', '-'.")
  private String id = "";

  @Option(names = "--name", paramLabel = "TEXT", description = "What people call it.")
  private @Nullable String name;

  @Option(
      names = "--public-key",
      paramLabel = "KEY",
      description = "The client's own public key; then no key pair is made.")
  private @Nullable String publicKey;

  @Option(
      names = "--endpoint",
      paramLabel = "HOST:PORT",
      description = "Where clients reach this gateway; by default an address of this machine.")
  private @Nullable String endpoint;

  @Option(
      names = "--address",
      paramLabel = "ADDRESS",
      split = ",",
      description = "The client's tunnel address, one per family; by default the next free one.")
  private List<String> addresses = List.of();

  @Option(names = "--preshared", description = "Make a pre-shared key, too.")
  private boolean preshared;

  @Option(
      names = "--allowed-ips",
      paramLabel = "NETWORK",
      split = ",",
      description =
          "What goes through the tunnel; by default the gateway and every resource that is a"
              + " network.")
  private List<String> allowedIps = List.of();

  @Option(
      names = "--dns",
      description =
          "Let the client ask the gateway for names, so that it reaches resources that are DNS"
              + " names.")
  private boolean dns;

  @Option(
      names = "--keepalive",
      paramLabel = "SECONDS",
      description =
          "Send something every so often, so that NATs stay open; 0 for never."
              + " Default: ${DEFAULT-VALUE}.")
  private int keepalive = 25;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Write the configuration to this new file, mode 0600, instead.")
  private @Nullable Path out;

  @Option(names = "--no-qr", description = "Show no QR code.")
  private boolean noQr;

  ClientAddCommand(Console console) {
    super(console);
  }

  @Override
  void run(GatewayClient gateway) {
    check();
    var settings = gateway.get("/v1/gateway");
    var reachedAt = endpoint(settings.object("gateway"));
    try (var file = out == null ? null : OwnerFile.create(out);
        var privateKey = publicKey == null ? Keys.generate(new SecureRandom()) : null;
        var presharedKey = preshared ? presharedKey() : null) {
      var key = privateKey == null ? String.valueOf(publicKey) : Keys.publicKey(privateKey) + "";
      var added = gateway.post("/v1/clients", request(key, presharedKey));
      var config = config(added, key, privateKey, presharedKey, reachedAt.text()).render();
      try {
        deliver(config, file);
        if (console().terminal() && !noQr && privateKey != null) {
          showQr(config);
        }
      } finally {
        Arrays.fill(config, (byte) 0);
      }
      if (reachedAt.guessed()) {
        note(
            "The endpoint "
                + reachedAt.text()
                + " is an address of this machine. If clients reach it under another one, say so"
                + " with --endpoint.");
      }
    }
  }

  private void check() {
    var _ = new ClientId(id);
    if (publicKey != null) {
      publicKey = PublicKey.parse(publicKey).toString();
    }
    addresses.forEach(IpAddress::parse);
    allowedIps = allowedIps.stream().map(text -> Cidr.parse(text.strip()).toString()).toList();
    if (keepalive < 0 || keepalive > 65535) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "The keepalive of " + keepalive + " s is not possible.",
          "Use a number from 0 to 65535.");
    }
  }

  private EndpointChoice endpoint(Answer gateway) {
    var listening = gateway.texts("listening").stream().map(Endpoint::parse).toList();
    if (endpoint != null) {
      return EndpointChoice.named(
          endpoint, listening.isEmpty() ? 51820 : listening.getFirst().port());
    }
    return EndpointChoice.found(
        listening,
        EndpointChoice.localAddresses(gateway.text("interface")),
        gateway.texts("networks").stream().map(Cidr::parse).toList());
  }

  private static SecretKey presharedKey() {
    var bytes = new byte[SecretKey.LENGTH];
    new SecureRandom().nextBytes(bytes);
    try {
      return SecretKey.of(bytes);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private Map<String, Object> request(String key, @Nullable SecretKey presharedKey) {
    var request = new LinkedHashMap<String, Object>();
    request.put("id", id);
    Optional.ofNullable(name).ifPresent(text -> request.put("name", text));
    request.put("public-key", key);
    if (presharedKey != null) {
      var base64 = presharedKey.toBase64();
      request.put("preshared-key", new String(base64, StandardCharsets.US_ASCII));
      Arrays.fill(base64, (byte) 0);
    }
    if (!addresses.isEmpty()) {
      request.put("addresses", addresses);
    }
    return request;
  }

  private WgQuickConfig config(
      Answer added,
      String key,
      @Nullable SecretKey privateKey,
      @Nullable SecretKey presharedKey,
      String reachedAt) {
    var gateway = added.object("gateway");
    var through = new LinkedHashSet<String>(allowedIps);
    if (through.isEmpty()) {
      gateway.texts("addresses").forEach(a -> through.add(WgQuickConfig.hostNetwork(a)));
      through.addAll(added.texts("resource-networks"));
    }
    if (dns) {
      gateway.texts("addresses").forEach(a -> through.add(WgQuickConfig.hostNetwork(a)));
      through.addAll(added.texts("name-networks"));
    }
    return new WgQuickConfig(
        id,
        Optional.ofNullable(privateKey),
        key,
        added.object("client").texts("addresses"),
        dns ? gateway.texts("addresses") : List.of(),
        gateway.number("mtu"),
        gateway.text("public-key"),
        Optional.ofNullable(presharedKey),
        reachedAt,
        List.copyOf(through),
        keepalive);
  }

  private void deliver(byte[] config, @Nullable OwnerFile file) {
    if (file == null) {
      out().write(config, 0, config.length);
      return;
    }
    try {
      file.write(config);
      file.complete();
      out().println("Added client " + id + "; its configuration is in " + out + ".");
    } catch (IOException e) {
      throw new GatehouseException(
          RemoteErrorCode.FILE_UNWRITABLE,
          "Client " + id + " was added, but its configuration could not be written to " + out + ".",
          "Remove it with 'gatehouse client remove " + id + "' and try again.",
          e);
    }
  }

  private void showQr(byte[] config) {
    var code = QrText.encode(config);
    if (code.isEmpty()) {
      note("The configuration is too long for a QR code.");
    } else if (console().err().charset().newEncoder().canEncode('▀')) {
      out().flush();
      console().err().print(QrText.halfBlocks(code.get()));
      console().err().flush();
    }
  }
}
