package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.store.postgres.PostgresStoreConfig;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/** Opens connections. */
final class Connector {

  /** How a connection is going to be used. */
  enum Use {
    /** Transactions that change something: short, on a few rows each. */
    WRITING(
        "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
            + " -c default_transaction_isolation=read\\ committed"),
    /** Statements that read. */
    READING("-c default_transaction_read_only=on");

    private final String options;

    Use(String options) {
      this.options = options;
    }
  }

  private final PostgresStoreConfig config;
  private final Problems problems;
  private final Driver driver = new Driver();

  Connector(PostgresStoreConfig config, Problems problems) {
    this.config = config;
    this.problems = problems;
  }

  Problems problems() {
    return problems;
  }

  Duration timeout() {
    return config.timeout();
  }

  /**
   * Opens a connection; takes no longer than about twice the configured timeout.
   *
   * @throws GatehouseException if that is not possible
   */
  Connection open(Use use) {
    try {
      var connection = driver.connect(url(), properties(use));
      if (connection == null) {
        throw new IllegalStateException("the driver does not know its own address");
      }
      connection.setNetworkTimeout(Runnable::run, (int) config.timeout().toMillis());
      return connection;
    } catch (SQLException e) {
      throw problems.of(e);
    }
  }

  private String url() {
    var host = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
    return "jdbc:postgresql://" + host + ":" + config.port() + "/" + config.database();
  }

  private Properties properties(Use use) {
    var properties = new Properties();
    var seconds = String.valueOf(Math.max(1, config.timeout().toSeconds()));
    PGProperty.USER.set(properties, config.user());
    Password.read(config).ifPresent(password -> PGProperty.PASSWORD.set(properties, password));
    PGProperty.APPLICATION_NAME.set(properties, "gatehouse");
    PGProperty.CURRENT_SCHEMA.set(properties, config.schema());
    PGProperty.CONNECT_TIMEOUT.set(properties, seconds);
    PGProperty.SOCKET_TIMEOUT.set(properties, seconds);
    PGProperty.TCP_KEEP_ALIVE.set(properties, true);
    PGProperty.TCP_NO_DELAY.set(properties, true);
    PGProperty.PREPARE_THRESHOLD.set(properties, 3);
    PGProperty.GSS_ENC_MODE.set(properties, "disable");
    PGProperty.LOG_SERVER_ERROR_DETAIL.set(properties, false);
    long millis = config.timeout().toMillis();
    PGProperty.OPTIONS.set(
        properties,
        use.options
            + " -c idle_in_transaction_session_timeout="
            + Math.max(1000, millis)
            + " -c lock_timeout="
            + Math.max(50, millis / 2)
            + " -c client_min_messages=warning -c jit=off");
    switch (config.tls()) {
      case OFF -> PGProperty.SSL_MODE.set(properties, "disable");
      case VERIFY_CA -> protect(properties, "verify-ca");
      case VERIFY_FULL -> protect(properties, "verify-full");
    }
    return properties;
  }

  private void protect(Properties properties, String mode) {
    PGProperty.SSL_MODE.set(properties, mode);
    PGProperty.SSL_RESPONSE_TIMEOUT.set(properties, (int) config.timeout().toMillis());
    if (config.caFile().isPresent()) {
      PGProperty.SSL_ROOT_CERT.set(properties, config.caFile().get().toString());
    } else {
      PGProperty.SSL_FACTORY.set(properties, "org.postgresql.ssl.DefaultJavaSSLFactory");
    }
  }

  /** Closes a connection, whatever state it is in, without waiting for the server. */
  static void drop(Connection connection) {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      // It is of no use any more either way.
    }
  }
}
