package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.store.postgres.PostgresStoreConfig;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tables: made at the first start, brought up to date later, never touched if newer. */
final class Schema {

  private static final Logger log = LoggerFactory.getLogger(Schema.class);

  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuuMMddHHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** The version this release reads and writes. */
  static final int VERSION = 1;

  /** What leads from one version to the next; the first entry from nothing to version 1. */
  private static final List<List<String>> STEPS =
      List.of(
          List.of(
              """
              create table state (
                one boolean primary key default true check (one),
                identity text not null,
                version bigint not null,
                floor bigint not null,
                seen_s bigint,
                seen_n integer,
                clock_steps bigint not null)
              with (fillfactor = 20)\
              """,
              """
              create table writers (
                id text primary key,
                last_batch bigint not null,
                at timestamptz not null)
              with (fillfactor = 20)\
              """,
              """
              create table clients (
                id text collate "C" primary key,
                name text not null,
                public_key bytea not null unique deferrable initially deferred,
                preshared_key bytea,
                v4 text collate "C" unique deferrable initially deferred,
                v6 text collate "C" unique deferrable initially deferred,
                version bigint not null)\
              """,
              """
              create table resources (
                id text collate "C" primary key,
                name text not null,
                destination_kind text not null,
                destination text not null,
                filters text not null,
                version bigint not null)\
              """,
              """
              create table authorizations (
                client text collate "C" not null references clients,
                resource text collate "C" not null references resources,
                granted_s bigint not null,
                granted_n integer not null,
                expires_s bigint,
                expires_n integer,
                origin text not null,
                version bigint not null,
                primary key (client, resource))\
              """,
              "create index authorizations_by_resource on authorizations (resource, client)",
              """
              create index authorizations_by_expiry
                on authorizations (expires_s, expires_n, client, resource)
                where expires_s is not null\
              """,
              """
              create table changes (
                version bigint primary key,
                kind text not null,
                client text collate "C",
                resource text collate "C",
                reason text,
                name text,
                public_key bytea,
                preshared_key bytea,
                v4 text,
                v6 text,
                destination_kind text,
                destination text,
                filters text,
                granted_s bigint,
                granted_n integer,
                expires_s bigint,
                expires_n integer,
                origin text)\
              """));

  private final PostgresStoreConfig config;
  private final Problems problems;

  /** Everything that makes the tables of this version, in order. */
  static List<String> allStatements() {
    return STEPS.stream().flatMap(List::stream).toList();
  }

  Schema(PostgresStoreConfig config, Problems problems) {
    this.config = config;
    this.problems = problems;
  }

  /** Makes sure that the tables are there and of this version. */
  void prepare(Connection connection) {
    try {
      checkServer(connection);
      connection.setAutoCommit(false);
      migrate(connection);
      connection.commit();
      connection.setAutoCommit(true);
    } catch (SQLException e) {
      throw problems.of(e);
    }
  }

  /** Renames the schema, makes a new one, and returns the old one's new name. */
  String putAway(Connection connection, Instant now) {
    var name = config.schema() + "_" + STAMP.format(now);
    try {
      connection.setAutoCommit(false);
      migrate(connection);
      long version = number(connection, "select version from state for update");
      run(connection, "alter schema \"" + config.schema() + "\" rename to \"" + name + "\"");
      migrate(connection);
      run(connection, "update state set version = " + version + ", floor = " + version);
      connection.commit();
      return name;
    } catch (SQLException e) {
      throw problems.of(e);
    }
  }

  private void checkServer(Connection connection) throws SQLException {
    if (isTrue(connection, "select pg_is_in_recovery()")) {
      throw new GatehouseException(
          StandardErrorCode.CONFIGURATION_INVALID,
          "The PostgreSQL server " + config.host() + ":" + config.port() + " is a standby.",
          "Name the primary server in [auth-store].");
    }
    if (!isTrue(connection, "select current_setting('server_encoding') = 'UTF8'")) {
      throw new GatehouseException(
          StandardErrorCode.CONFIGURATION_INVALID,
          "The database '" + config.database() + "' is not encoded in UTF-8.",
          "Create one with 'createdb -E UTF8 -T template0 -O "
              + config.user()
              + " "
              + config.database()
              + "'.");
    }
    if (isTrue(connection, "select current_setting('fsync') = 'off'")) {
      log.atWarn()
          .log("the server runs with fsync off: a power failure there loses what it promised");
    }
  }

  /** One gateway at a time: others that start together wait. */
  private void migrate(Connection connection) throws SQLException {
    run(connection, "select pg_advisory_xact_lock(hashtext('gatehouse " + config.schema() + "'))");
    if (!isTrue(
        connection,
        "select exists (select from pg_namespace where nspname = '" + config.schema() + "')")) {
      run(connection, "create schema \"" + config.schema() + "\"");
    }
    run(
        connection,
        """
        create table if not exists schema_versions (
          version integer primary key,
          applied_at timestamptz not null default now())\
        """);
    int found = version(connection);
    if (found > VERSION) {
      throw new GatehouseException(
          StandardErrorCode.STATE_UNREADABLE,
          "The tables in database '"
              + config.database()
              + "' have version "
              + found
              + "; this release knows versions up to "
              + VERSION
              + ".",
          "Upgrade this gateway to the release the others run; the tables were left as they are.");
    }
    for (int next = found; next < VERSION; next++) {
      for (var statement : STEPS.get(next)) {
        run(connection, statement);
      }
      run(connection, "insert into schema_versions (version) values (" + (next + 1) + ")");
      log.atInfo().addKeyValue("version", next + 1).log("tables brought to this version");
    }
    try (var insert =
        connection.prepareStatement(
            "insert into state (identity, version, floor, clock_steps) values (?, 0, 0, 0)"
                + " on conflict do nothing")) {
      insert.setString(1, UUID.randomUUID().toString());
      insert.executeUpdate();
    }
  }

  private static int version(Connection connection) throws SQLException {
    return (int) number(connection, "select coalesce(max(version), 0) from schema_versions");
  }

  private static long number(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement();
        var row = statement.executeQuery(sql)) {
      if (!row.next()) {
        throw new SQLException("the row with the store's version is missing", "42P01");
      }
      return row.getLong(1);
    }
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static boolean isTrue(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement();
        var row = statement.executeQuery(sql)) {
      return row.next() && row.getBoolean(1);
    }
  }
}
