package dev.gatehouse.store.postgres;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How the PostgreSQL store works.
 *
 * @param host the server's name or address
 * @param port its TCP port
 * @param database the database
 * @param schema the schema in it that holds the tables
 * @param user whom to log in as
 * @param passwordFile the file with the password; nobody but its owner may read it
 * @param passwordCredential the name of a systemd credential with the password, instead of a file
 * @param tls how the connection is protected
 * @param caFile certificates that vouch for the server; empty for those Java trusts
 * @param timeout how long to wait for any single answer of the server; 100 ms to 60 s
 * @param poll how often to look for changes of other gateways when no notification comes; 50 ms to
 *     5 s
 * @param notifications whether to be notified of changes of other gateways
 * @param commitWindow how long a transaction waits for company when writes come concurrently; 0 to
 *     5 ms
 * @param changeLog how many changes the database remembers for those who follow; 100 to 10 000 000
 */
public record PostgresStoreConfig(
    String host,
    int port,
    String database,
    String schema,
    String user,
    Optional<Path> passwordFile,
    Optional<String> passwordCredential,
    Tls tls,
    Optional<Path> caFile,
    Duration timeout,
    Duration poll,
    boolean notifications,
    Duration commitWindow,
    int changeLog) {

  /** How the connection to the server is protected. */
  public enum Tls {
    /** Encrypted; the certificate must be trusted and name the host. */
    VERIFY_FULL,
    /** Encrypted; the certificate must be trusted. */
    VERIFY_CA,
    /** Not at all: only for a server on the same machine. */
    OFF
  }
}
