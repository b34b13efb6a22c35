package dev.gatehouse.admin.io;

import dev.gatehouse.admin.RemoteConfig;
import dev.gatehouse.admin.core.Token;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;

/** Reads what access over the network needs, and says what is wrong with it before it is used. */
final class TlsFiles {

  private static final long LARGEST = 1 << 20;
  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE);
  private static final Set<PosixFilePermission> NOT_THE_OWNER =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private TlsFiles() {}

  /** The token. */
  static Token token(RemoteConfig config) {
    return config
        .tokenFile()
        .map(file -> {
          refuse(NOT_THE_OWNER, file, "token-file");
          var bytes = read(file, "token-file");
          try {
            return Token.of(
                new String(bytes, StandardCharsets.UTF_8).strip(), "[admin] token-file");
          } finally {
            Arrays.fill(bytes, (byte) 0);
          }
        })
        .orElseGet(() -> Token.ofHash(config.tokenSha256().orElse("")));
  }

  /**
   * Certificate and key, which fit together; empty without TLS. What was read stays, whatever
   * becomes of the files.
   */
  static Optional<PemKeyCertOptions> certificate(RemoteConfig config, Vertx vertx) {
    if (!config.isTls()) {
      return Optional.empty();
    }
    var certificate = config.certificate().orElseThrow();
    var key = config.certificateKey().orElseThrow();
    refuse(OTHERS, key, "certificate-key"); // a group for keys is usual
    var options =
        new PemKeyCertOptions()
            .addCertValue(Buffer.buffer(read(certificate, "certificate")))
            .addKeyValue(Buffer.buffer(read(key, "certificate-key")));
    try {
      if (fit(options, vertx)) {
        return Optional.of(options);
      }
    } catch (Exception e) { // the key manager is loaded by code that throws anything
      throw unusable(certificate, key, e);
    }
    throw unusable(certificate, key, null);
  }

  /** Whether the key signs what the certificate verifies. */
  private static boolean fit(PemKeyCertOptions options, Vertx vertx) throws Exception {
    for (var manager : options.getKeyManagerFactory(vertx).getKeyManagers()) {
      if (manager instanceof X509KeyManager keys) {
        for (var type : new String[] {"RSA", "EC", "EdDSA", "Ed25519"}) {
          var aliases = keys.getServerAliases(type, null);
          if (aliases != null && aliases.length > 0) {
            return fit(
                keys.getPrivateKey(aliases[0]),
                keys.getCertificateChain(aliases[0])[0].getPublicKey());
          }
        }
      }
    }
    return false;
  }

  private static boolean fit(PrivateKey secret, PublicKey open) throws GeneralSecurityException {
    var algorithm =
        switch (open.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "EdDSA";
        };
    var probe = new byte[] {1};
    var signing = Signature.getInstance(algorithm);
    signing.initSign(secret);
    signing.update(probe);
    var verifying = Signature.getInstance(algorithm);
    verifying.initVerify(open);
    verifying.update(probe);
    return verifying.verify(signing.sign());
  }

  private static GatehouseException unusable(Path certificate, Path key, @Nullable Exception e) {
    return new GatehouseException(
        StandardErrorCode.CONFIGURATION_INVALID,
        "The certificate " + certificate + " and the key " + key + " are not a pair TLS can use.",
        "Name a PEM certificate chain and its PEM private key (RSA or EC) in [admin].",
        e);
  }

  private static void refuse(Set<PosixFilePermission> modes, Path file, String setting) {
    try {
      if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
          && Files.getPosixFilePermissions(file).stream().anyMatch(modes::contains)) {
        throw new GatehouseException(
            StandardErrorCode.CONFIGURATION_INVALID,
            "Others than its owner may read " + file + ", which holds a secret.",
            "Run 'chmod 0600 " + file + "', and make a new one if others were on the machine.");
      }
    } catch (IOException e) {
      throw unreadable(file, setting, e);
    }
  }

  private static byte[] read(Path file, String setting) {
    try {
      if (Files.size(file) > LARGEST) {
        throw new IOException("larger than 1 MiB");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw unreadable(file, setting, e);
    }
  }

  private static GatehouseException unreadable(Path file, String setting, IOException e) {
    return new GatehouseException(
        StandardErrorCode.CONFIGURATION_INVALID,
        "The file "
            + file
            + (e instanceof NoSuchFileException ? " does not exist." : " cannot be read."),
        "Set " + setting + " in [admin] to a file the gateway's user may read.",
        e);
  }
}
