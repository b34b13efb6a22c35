package dev.gatehouse.launcher.remote;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * What is needed to ask a gateway over the network.
 *
 * @param host the name its certificate must have
 * @param token the token
 * @param tls what to trust; empty for no encryption
 */
record RemoteAccess(String host, String token, Optional<SSLContext> tls) {

  private static final int USUAL_PORT = 443;

  /** The token is nobody's business. */
  @Override
  public String toString() {
    return host;
  }

  /**
   * A gateway's address.
   *
   * @param url {@code https://host:port}, or {@code http://} on this machine
   * @param tokenFile where the token is
   * @param authorities certificates to trust, PEM; empty for those the JDK trusts
   * @throws GatehouseException if something of it cannot be used
   */
  static Place place(String url, Optional<Path> tokenFile, Optional<Path> authorities) {
    var uri = parse(url);
    boolean tls = uri.getScheme().equals("https");
    var host = uri.getHost();
    var bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    var address = new InetSocketAddress(bare, uri.getPort() < 0 ? USUAL_PORT : uri.getPort());
    if (address.isUnresolved()) {
      throw invalid("The name " + bare + " is not known.", "Correct --url.");
    }
    if (!tls && !address.getAddress().isLoopbackAddress()) {
      throw invalid(
          "With " + url + " the token would go through the network in the clear.",
          "Use https://, or http:// on the gateway's own machine.");
    }
    var token =
        token(
            tokenFile.orElseThrow(() ->
                invalid(
                    "A gateway asked by --url wants a token.",
                    "Name the file that holds it with --token-file.")));
    return new Place(
        address,
        Optional.empty(),
        url,
        "gateway",
        "gatehouse run",
        "--url",
        Optional.of(
            new RemoteAccess(
                bare, token, tls ? Optional.of(trust(authorities)) : Optional.empty())));
  }

  private static URI parse(String url) {
    try {
      var uri = new URI(url);
      boolean known = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
      boolean bare =
          (uri.getRawPath() == null || uri.getRawPath().matches("/?"))
              && uri.getRawQuery() == null
              && uri.getRawFragment() == null
              && uri.getRawUserInfo() == null;
      if (known && bare && uri.getHost() != null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // told below
    }
    throw invalid(
        "'" + url + "' is not the address of a gateway.",
        "Write it like https://vpn.example.com:8443.");
  }

  private static String token(Path file) {
    try {
      if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
        var modes = Files.getPosixFilePermissions(file);
        if (modes.contains(PosixFilePermission.OTHERS_READ)
            || modes.contains(PosixFilePermission.GROUP_READ)) {
          throw invalid(
              "Others than its owner may read " + file + ", which holds a token.",
              "Run 'chmod 0600 " + file + "', and make a new token if others were on the machine.");
        }
      }
      var token = Files.readString(file, StandardCharsets.US_ASCII).strip();
      if (token.isEmpty() || token.length() > 512 || !token.chars().allMatch(c -> c > ' ')) {
        throw invalid("The file " + file + " does not hold a token.", "Correct --token-file.");
      }
      return token;
    } catch (IOException e) {
      throw invalid("The file " + file + " cannot be read.", "Correct --token-file.", e);
    }
  }

  private static SSLContext trust(Optional<Path> authorities) {
    try {
      var context = SSLContext.getInstance("TLS");
      if (authorities.isEmpty()) {
        context.init(null, null, null);
        return context;
      }
      var store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int number = 0;
      try (var in = Files.newInputStream(authorities.get())) {
        for (var each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
          store.setCertificateEntry("authority-" + number++, each);
        }
      }
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw invalid(
          "The certificates in "
              + authorities.map(Path::toString).orElse("the JDK")
              + " cannot be read.",
          "Name a PEM file with --ca-file.",
          e);
    }
  }

  private static GatehouseException invalid(String problem, String fix) {
    return invalid(problem, fix, null);
  }

  private static GatehouseException invalid(String problem, String fix, @Nullable Exception e) {
    return new GatehouseException(StandardErrorCode.REQUEST_INVALID, problem, fix, e);
  }
}
