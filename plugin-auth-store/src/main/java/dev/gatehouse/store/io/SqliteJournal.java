package dev.gatehouse.store.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.store.core.ChangeLog;
import dev.gatehouse.store.core.Contents;
import dev.gatehouse.store.core.Edit;
import dev.gatehouse.store.core.Held;
import dev.gatehouse.store.core.RowCodec;
import dev.gatehouse.store.core.Tables;
import dev.gatehouse.store.core.Timeline;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes changes durable in one SQLite file, beside which a {@link HeadFile} tells how far it had
 * come.
 */
public final class SqliteJournal implements Journal {

  private static final Logger log = LoggerFactory.getLogger(SqliteJournal.class);

  /**
   * By how much versions jump after a stop that was not in order, because changes that were in
   * force but not durable may have used the versions after the newest durable one.
   */
  static final long JUMP = 1L << 20;

  private final Path file;
  private final Path stateDirectory;
  private final int changeLog;
  private @Nullable SqliteDatabase database;
  private @Nullable HeadFile head;
  private SqliteDatabase.State durable = SqliteDatabase.State.NEW;
  private volatile boolean headLags;

  /**
   * Opens nothing yet.
   *
   * @param file the database
   * @param stateDirectory where a private directory for the native library may be made
   * @param changeLog how many changes to remember
   */
  public SqliteJournal(Path file, Path stateDirectory, int changeLog) {
    this.file = file;
    this.stateDirectory = stateDirectory;
    this.changeLog = changeLog;
  }

  private static final class Loader implements SqliteDatabase.Rows {
    final Tables tables = new Tables();

    @Override
    public void client(Versioned<Client> client) {
      tables.load(client);
    }

    @Override
    public void resource(Versioned<Resource> resource) {
      tables.loadResource(resource);
    }

    @Override
    public void authorization(Held held) {
      tables.loadNew(held);
    }
  }

  @Override
  public Loaded open() {
    var leftovers = NativeLibrary.load(stateDirectory);
    try {
      var loaded = openOrThrow();
      NativeLibrary.remove(leftovers);
      return loaded;
    } catch (SQLException e) {
      throw SqliteFailures.whileOpening(file, e);
    } catch (AccessDeniedException e) {
      throw new GatehouseException(
          StandardErrorCode.PERMISSION_DENIED,
          "The store '" + file + "' may not be used by this user.",
          "Give the file and its directory to the user the gateway runs as.",
          e);
    } catch (IOException e) {
      throw new GatehouseException(
          StandardErrorCode.STORE_UNAVAILABLE,
          "The store '" + file + "' cannot be created or opened.",
          "Check that its directory exists, is mounted for writing and has space.",
          e);
    }
  }

  private Loaded openOrThrow() throws SQLException, IOException {
    PrivateFiles.create(file);
    var opened = SqliteDatabase.open(file);
    database = opened;
    var headPath = headOf(file);
    // Empty, or torn beside a store at version 0: the first start was cut short.
    long headSize = Files.exists(headPath) ? Files.size(headPath) : 0;
    var openedHead = new HeadFile(headPath);
    head = openedHead;
    var lastHead = openedHead.read();
    boolean clean = lastHead.map(HeadFile.Head::clean).orElse(false);
    if (opened.isNew()) {
      refuseEmptyAfter(lastHead);
      opened.create();
      clean = true;
    } else {
      opened.checkSchema(file);
      if (headSize > 0
          && lastHead.isEmpty()
          && opened.state().map(s -> s.version()).orElse(1L) > 0) {
        throw SqliteFailures.damaged(
            headPath, "it does not say how far the store had come", new IOException("no record"));
      }
      if (!clean) {
        log.atInfo().log("store was not closed in order, checking it");
        var problems = opened.check(false);
        if (!problems.isEmpty()) {
          throw SqliteFailures.damaged(
              file, problems.getFirst(), new IOException(problems.toString()));
        }
      }
    }
    var loaded = load(opened, lastHead, clean);
    openedHead.write(new HeadFile.Head(durable.version(), durable.rowsSeal(), false));
    return loaded;
  }

  static Path headOf(Path file) {
    return file.resolveSibling(file.getFileName() + ".head");
  }

  private void refuseEmptyAfter(Optional<HeadFile.Head> lastHead) {
    if (lastHead.isPresent() && lastHead.get().version() > 0) {
      throw new GatehouseException(
          StandardErrorCode.STATE_UNREADABLE,
          "The store '"
              + file
              + "' is empty, but it had reached version "
              + lastHead.get().version()
              + ".",
          "Restore a backup, or remove '" + headOf(file) + "' to begin with an empty store.");
    }
  }

  private Loaded load(SqliteDatabase opened, Optional<HeadFile.Head> lastHead, boolean clean)
      throws SQLException {
    var state =
        opened
            .state()
            .orElseThrow(() ->
                SqliteFailures.damaged(
                    file, "its state is not readable", new IOException("no state")));
    var loader = new Loader();
    try {
      if (opened.readRows(loader) != state.rowsSeal()) {
        throw SqliteFailures.damaged(
            file, "rows were lost, changed or added", new IOException("wrong sum"));
      }
    } catch (RowCodec.DamagedRow e) {
      throw SqliteFailures.damaged(file, "it holds a " + e.getMessage(), e);
    }
    lastHead.ifPresent(last -> checkAgainst(last, state));
    loader.tables.loadedAt(state.version());
    durable = state;
    boolean isNew = state.equals(SqliteDatabase.State.NEW);
    return new Loaded(
        loader.tables,
        loadLog(opened, state),
        isNew ? Optional.empty() : Optional.of(state.timeline()),
        clean ? state.version() : state.version() + JUMP);
  }

  private void checkAgainst(HeadFile.Head last, SqliteDatabase.State state) {
    boolean behind = state.version() < last.version();
    if (behind || (state.version() == last.version() && state.rowsSeal() != last.rowsSeal())) {
      throw SqliteFailures.damaged(
          file,
          behind
              ? "it is at version " + state.version() + " but had reached " + last.version()
              : "it holds other rows than it did at version " + last.version(),
          new IOException("behind its head"));
    }
  }

  private ChangeLog loadLog(SqliteDatabase opened, SqliteDatabase.State state) throws SQLException {
    try {
      var changes = opened.readChanges();
      var filled = new ChangeLog(changeLog, state.floor());
      changes.forEach(filled::add);
      return filled;
    } catch (RowCodec.DamagedRow e) {
      log.atWarn().setCause(e).log("change log is damaged and starts anew");
      opened.dropChanges();
      return new ChangeLog(changeLog, state.version());
    }
  }

  @Override
  public void commit(List<Edit> edits, Timeline.Saved timeline, ChangeLog changes, Tables tables) {
    try {
      var usable = usable(tables);
      usable.begin();
      long rowsSeal = durable.rowsSeal();
      long version = durable.version();
      for (var edit : edits) {
        rowsSeal += usable.write(edit);
        version = Math.max(version, edit.change().version());
      }
      usable.trimChanges(changes.floor());
      var next = new SqliteDatabase.State(version, changes.floor(), rowsSeal, timeline);
      usable.writeState(next);
      usable.commit();
      durable = next;
    } catch (SQLException e) {
      giveUp(e);
      throw SqliteFailures.whileWriting(file, e);
    }
    acknowledge(false);
  }

  /** Undoes the transaction; a connection that is not to be trusted any more is dropped. */
  void giveUp(SQLException cause) {
    var failed = database;
    if (failed == null) {
      return;
    }
    try {
      failed.rollback();
      if (!SqliteFailures.breaksConnection(cause)) {
        return;
      }
    } catch (SQLException e) {
      log.atDebug().setCause(e).log("rollback failed");
    }
    database = null;
    try {
      failed.close();
    } catch (SQLException e) {
      log.atDebug().setCause(e).log("close failed");
    }
  }

  /** The connection, or a new one after a failure. */
  private SqliteDatabase usable(Tables tables) throws SQLException {
    var current = database;
    if (current == null) {
      current = SqliteDatabase.open(file);
      database = current;
      // Where the disk was mounted anew, the head that is open belongs to the old mount.
      reopenHead();
      var found = current.state();
      if (found.isEmpty() || !found.get().equals(durable)) {
        log.atInfo().log("store differs from what was acknowledged, writing it anew");
        rewrite(current, tables);
      }
    }
    return current;
  }

  /**
   * Writes everything as it is in memory. Needed when a transaction was reported as failed but may
   * have reached the disk: what was refused must not come into force later.
   */
  private void rewrite(SqliteDatabase current, Tables tables) throws SQLException {
    current.begin();
    current.clear();
    current.dropChanges();
    var contents = Contents.of(tables);
    long rowsSeal = fill(current, contents, () -> false);
    var next =
        new SqliteDatabase.State(
            contents.version(), contents.version(), rowsSeal, durable.timeline());
    current.writeState(next);
    current.commit();
    durable = next;
  }

  /** Writes rows into an empty database. Returns the sum of their seals. */
  static long fill(SqliteDatabase empty, Contents contents, BooleanSupplier late)
      throws SQLException {
    long rowsSeal = 0;
    for (var client : contents.clients()) {
      rowsSeal += empty.put(client);
    }
    for (var resource : contents.resources()) {
      rowsSeal += empty.putResource(resource);
    }
    for (var held : contents.authorizations()) {
      if (late.getAsBoolean()) {
        throw Request.late();
      }
      rowsSeal += empty.put(held);
    }
    return rowsSeal;
  }

  private void acknowledge(boolean clean) {
    var record = new HeadFile.Head(durable.version(), durable.rowsSeal(), clean);
    try {
      writeHead(record);
      headLags = false;
    } catch (IOException e) {
      if (!headLags) {
        log.atWarn().setCause(e).log("the file beside the store cannot be written");
      }
      headLags = true;
    }
  }

  private void writeHead(HeadFile.Head record) throws IOException {
    if (head == null || headLags) {
      reopenHead();
    }
    var current = head;
    if (current == null) {
      throw new IOException("it cannot be opened");
    }
    current.write(record);
  }

  private void reopenHead() {
    closeHead();
    try {
      var reopened = new HeadFile(headOf(file));
      head = reopened;
      // Only to go on in the order of its records; the database is what counts.
      log.atDebug().addKeyValue("head", reopened.read()).log("head reopened");
    } catch (IOException e) {
      log.atDebug().setCause(e).log("the file beside the store cannot be opened");
    }
  }

  private void closeHead() {
    var current = head;
    head = null;
    if (current != null) {
      try {
        current.close();
      } catch (IOException e) {
        log.atDebug().setCause(e).log("close failed");
      }
    }
  }

  @Override
  public List<String> verify(Tables tables) {
    var problems = new ArrayList<String>();
    try {
      var current = usable(tables);
      problems.addAll(current.check(true));
      var loader = new Loader();
      long sum = current.readRows(loader);
      var state = current.state();
      if (state.isEmpty() || state.get().rowsSeal() != sum) {
        problems.add("The rows on disk are not the ones that were written.");
      }
      if (!state.equals(Optional.of(durable))) {
        problems.add("The state on disk is not the one that was acknowledged.");
      }
      current.readChanges();
    } catch (SQLException e) {
      problems.add(SqliteFailures.whileWriting(file, e).problem());
    } catch (RowCodec.DamagedRow e) {
      problems.add("The store holds a " + e.getMessage() + ".");
    }
    return problems;
  }

  @Override
  public Map<String, Object> status() {
    return Map.of("file", file.toString(), "head-lags", headLags);
  }

  @Override
  public void close(boolean complete) {
    var current = database;
    database = null;
    boolean inOrder = complete && current != null;
    try {
      if (current != null) {
        try (current) {
          if (complete) {
            current.checkpoint();
          }
        }
      }
    } catch (SQLException e) {
      inOrder = false;
      log.atWarn().setCause(e).log("store could not be closed in order");
    }
    if (inOrder) {
      acknowledge(true);
    }
    closeHead();
  }
}
