package dev.gatehouse.admin;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The part of {@code [admin]} that opens the API to the network.
 *
 * @param listen address and port
 * @param certificate the chain, PEM; empty for no TLS, which is possible on a loopback address only
 * @param certificateKey its private key, PEM
 * @param tokenFile a file with the token, mode 0600
 * @param tokenSha256 the SHA-256 of the token in hexadecimal, instead of a file
 */
public record RemoteConfig(
    Endpoint listen,
    Optional<Path> certificate,
    Optional<Path> certificateKey,
    Optional<Path> tokenFile,
    Optional<String> tokenSha256) {

  /**
   * Checks what belongs together.
   *
   * @throws GatehouseException if the token would go through the network in the clear, or if there
   *     is none, or two
   */
  public RemoteConfig {
    problem(listen, certificate, certificateKey, tokenFile, tokenSha256)
        .ifPresent(problem -> {
          throw new GatehouseException(
              StandardErrorCode.CONFIGURATION_INVALID, problem.what(), problem.fix());
        });
  }

  private record Problem(String key, String what, String fix) {}

  /** Whether the connection is encrypted. */
  public boolean isTls() {
    return certificate.isPresent();
  }

  static Optional<RemoteConfig> read(ConfigReader section) {
    var listen =
        section
            .parsed("listen", "address with port", Endpoint::parse)
            .describedAs("Address and port at which the admin API is served by TCP as well.")
            .optional();
    var certificate =
        section
            .path("certificate")
            .describedAs("Certificate chain for 'listen', PEM; needed off loopback addresses.")
            .live()
            .optional();
    var key =
        section
            .path("certificate-key")
            .describedAs("Private key of the certificate, PEM.")
            .live()
            .optional();
    var file =
        section
            .path("token-file")
            .describedAs("File, mode 0600, with the token that requests to 'listen' must carry.")
            .live()
            .optional();
    var hash =
        section
            .text("token-sha256")
            .describedAs("SHA-256 of the token in hexadecimal, instead of token-file.")
            .must(text -> text.matches("[0-9a-fA-F]{64}"), "be 64 hexadecimal digits")
            .live()
            .optional();
    if (listen.isEmpty()) {
      if (certificate.isPresent() || key.isPresent() || file.isPresent() || hash.isPresent()) {
        section.problem("listen", "is missing, so the other keys of network access do nothing.");
      }
      return Optional.empty();
    }
    var problem = problem(listen.get(), certificate, key, file, hash);
    if (problem.isPresent()) {
      section.problem(problem.get().key(), problem.get().what() + " " + problem.get().fix());
      return Optional.empty();
    }
    return Optional.of(new RemoteConfig(listen.get(), certificate, key, file, hash));
  }

  private static Optional<Problem> problem(
      Endpoint listen,
      Optional<Path> certificate,
      Optional<Path> key,
      Optional<Path> file,
      Optional<String> hash) {
    if (certificate.isPresent() != key.isPresent()) {
      return Optional.of(
          new Problem(
              certificate.isPresent() ? "certificate-key" : "certificate",
              "Certificate and private key belong together, and one of them is missing.",
              "Set certificate and certificate-key in [admin]."));
    }
    if (certificate.isEmpty() && !isLoopback(listen.address())) {
      return Optional.of(
          new Problem(
              "listen",
              "At " + listen + " the token would go through the network in the clear.",
              "Set certificate and certificate-key, or listen on 127.0.0.1 or [::1]."));
    }
    if (file.isPresent() == hash.isPresent()) {
      return Optional.of(
          new Problem(
              "token-file",
              file.isPresent()
                  ? "There are two tokens, in token-file and token-sha256."
                  : "Without a token everybody who reaches " + listen + " could do everything.",
              file.isPresent()
                  ? "Keep one of them."
                  : "Write one into a file with 'umask 077; openssl rand -hex 32 > FILE' and set"
                      + " token-file."));
    }
    return Optional.empty();
  }

  private static boolean isLoopback(IpAddress address) {
    return address.toInetAddress().isLoopbackAddress();
  }
}
