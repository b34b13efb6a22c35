package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.store.postgres.PostgresStoreConfig;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What the server, or the way to it, reports, as sentences with a fix. */
final class Problems {

  private final PostgresStoreConfig config;
  private final String server;

  Problems(PostgresStoreConfig config) {
    this.config = config;
    this.server = config.host() + ":" + config.port();
  }

  /** Whether the connection cannot be used any more. */
  static boolean breaksConnection(SQLException e) {
    var state = e.getSQLState();
    return state == null
        || state.startsWith("08")
        || state.startsWith("57P")
        || state.equals("25P03")
        || cause(e, IOException.class) != null;
  }

  static <T extends Throwable> @Nullable T cause(Throwable e, Class<T> type) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (type.isInstance(t)) {
        return type.cast(t);
      }
    }
    return null;
  }

  /** The sentence for a failure; the code tells what kind of thing is wrong. */
  GatehouseException of(SQLException e) {
    var state = e.getSQLState() == null ? "" : e.getSQLState();
    return switch (state) {
      case "28P01", "28000" ->
          new GatehouseException(
              StandardErrorCode.PERMISSION_DENIED,
              "The PostgreSQL server " + server + " refuses the login of '" + config.user() + "'.",
              "Check user and password in [auth-store], and the server's pg_hba.conf.",
              e);
      case "3D000" ->
          new GatehouseException(
              StandardErrorCode.CONFIGURATION_INVALID,
              "The PostgreSQL server " + server + " has no database '" + config.database() + "'.",
              "Create it with 'createdb -O "
                  + config.user()
                  + " "
                  + config.database()
                  + "', or set database in [auth-store].",
              e);
      case "42501" ->
          new GatehouseException(
              StandardErrorCode.PERMISSION_DENIED,
              "'"
                  + config.user()
                  + "' may not do in database '"
                  + config.database()
                  + "' what the store needs: "
                  + message(e)
                  + ".",
              "Make '"
                  + config.user()
                  + "' the owner of the database or of schema '"
                  + config.schema()
                  + "'.",
              e);
      case "42P01", "42703", "3F000" ->
          unavailable(
              "Tables of the store are missing from schema '"
                  + config.schema()
                  + "': "
                  + message(e)
                  + ".",
              "Restore a backup, or start the gateway again on an empty schema.",
              e);
      case "53300", "53000" ->
          unavailable(
              "The PostgreSQL server " + server + " has no connection left.",
              "Raise its max_connections; a gateway needs up to 8.",
              e);
      case "53100" ->
          unavailable(
              "The disk of the PostgreSQL server " + server + " is full.", "Free some space.", e);
      case "25006" ->
          unavailable(
              "The PostgreSQL server " + server + " only allows reading.",
              "Name the primary server in [auth-store], not a standby.",
              e);
      case "55P03" ->
          unavailable(
              "Another gateway or session holds the store's lock in database '"
                  + config.database()
                  + "'.",
              "Try again; if it lasts, look into pg_stat_activity for who holds it.",
              e);
      case "57P01", "57P02", "57P03" ->
          unavailable(
              "The PostgreSQL server " + server + " is stopping or starting.",
              "Wait until it accepts connections.",
              e);
      default -> other(e);
    };
  }

  private GatehouseException other(SQLException e) {
    var ssl = cause(e, SSLException.class);
    if (ssl != null || message(e).contains("SSL") || message(e).contains("could not be verified")) {
      return unavailable(
          "The connection to the PostgreSQL server "
              + server
              + " cannot be protected by TLS: "
              + message(ssl == null ? e : ssl)
              + ".",
          "Turn on ssl at the server and name the certificate's issuer with ca-file, or set tls in"
              + " [auth-store].",
          e);
    }
    if (cause(e, UnknownHostException.class) != null) {
      return unavailable(
          "The host '" + config.host() + "' of the PostgreSQL server is not known.",
          "Check host in [auth-store] and the machine's DNS.",
          e);
    }
    if (cause(e, SocketTimeoutException.class) != null) {
      return unavailable(
          "The PostgreSQL server " + server + " does not answer.",
          "Check the server and the network between it and this gateway.",
          e);
    }
    if (cause(e, ConnectException.class) != null
        || cause(e, NoRouteToHostException.class) != null) {
      return unavailable(
          "The PostgreSQL server "
              + server
              + " cannot be reached: nothing accepts connections"
              + " there.",
          "Start the server, or check host and port in [auth-store].",
          e);
    }
    if (breaksConnection(e)) {
      return unavailable(
          "The connection to the PostgreSQL server " + server + " was lost.",
          "Check the server and the network between it and this gateway.",
          e);
    }
    return unavailable(
        "The PostgreSQL server " + server + " reports: " + message(e) + ".",
        "Look into the server's log.",
        e);
  }

  /** The first line of a message, without its end. */
  private static String message(Throwable e) {
    var text = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    var line = text.lines().findFirst().orElse("").strip();
    return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
  }

  static GatehouseException unavailable(String problem, String fix, @Nullable Throwable e) {
    return new GatehouseException(StandardErrorCode.STORE_UNAVAILABLE, problem, fix, e);
  }

  /** The same problem as one that a running store reports: it is not available. */
  static GatehouseException whileRunning(GatehouseException e, String consequence) {
    var problem = consequence.isEmpty() ? e.problem() : e.problem() + " " + consequence;
    return new GatehouseException(StandardErrorCode.STORE_UNAVAILABLE, problem, e.fix(), e);
  }

  static GatehouseException closed() {
    return unavailable(
        "The authorization store is not open.",
        "Wait until the gateway has started, or start it again.",
        null);
  }

  static GatehouseException late() {
    return new GatehouseException(
        StandardErrorCode.STORE_DEADLINE,
        "The store did not answer before the deadline.",
        "A write may or may not have happened: read to find out, then try again.");
  }

  static GatehouseException invalid(String problem, String fix) {
    return new GatehouseException(StandardErrorCode.REQUEST_INVALID, problem, fix);
  }
}
