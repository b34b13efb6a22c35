package dev.gatehouse.api.store;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.spi.Plugin;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Who may reach what, kept through disconnects, restarts and crashes.
 *
 * <ol>
 *   <li>A write that returned is durable and is seen by every later read (linearizable per key).
 *   <li>Every change gets a version strictly larger than all before, across restarts too.
 *   <li>Nothing but expiry, revocation, removal of the client or resource, and reconciliation ends
 *       an authorization. A store neither knows nor listens to connections.
 *   <li>What ended stays ended: no crash, restart, late message or clock that is set back brings it
 *       back. From its expiry on an authorization counts as absent for every write, whether it was
 *       swept or not.
 *   <li>An empty answer means <em>absent</em>. When the store cannot know, it throws a {@link
 *       dev.gatehouse.api.GatehouseException} with {@link
 *       dev.gatehouse.api.StandardErrorCode#STORE_UNAVAILABLE} or {@link
 *       dev.gatehouse.api.StandardErrorCode#STORE_DEADLINE}; after the latter a write may or may
 *       not have happened. After the former nothing was granted, created or extended, and what was
 *       to end has ended if the store could do that much; it is written down as soon as possible.
 *   <li>Time comes from the plugin's {@link dev.gatehouse.api.TimeSource}, never from elsewhere.
 *   <li>Secrets are stored so that only the owner of the process can read them. Keys that are
 *       handed out are copies, which the caller may close.
 * </ol>
 *
 * <p>Methods block and are called from virtual threads, several at a time. Each gives up when its
 * deadline passes. A store ends expired authorizations by itself within a few seconds; {@link
 * #sweep} does it at once. The rules with their numbers are in {@code
 * docs/contracts/authorization-store.md}, and the contract kit tests every one of them.
 *
 * @since 0.1.0
 */
public interface AuthorizationStore extends Plugin {

  /** The version of the newest durable change; 0 for an empty store. */
  long version(Deadline deadline);

  /**
   * Creates a client; a conflict if its id, public key or one of its addresses is taken. The store
   * keeps a copy of the pre-shared key; the one passed stays the caller's, who may close it as soon
   * as the call has returned or thrown.
   */
  WriteResult<Client> createClient(Client client, Deadline deadline);

  /**
   * Replaces a client if it still has the expected version; a conflict otherwise, or if its new key
   * or address is taken. The pre-shared key stays the caller's, as with {@link #createClient}.
   */
  WriteResult<Client> updateClient(Client client, long expectedVersion, Deadline deadline);

  /** Removes a client and ends all its authorizations, at once; false if there was none. */
  boolean removeClient(ClientId client, Deadline deadline);

  /** One client. */
  Optional<Versioned<Client>> client(ClientId client, Deadline deadline);

  /** The client with this key. */
  Optional<Versioned<Client>> clientByKey(PublicKey key, Deadline deadline);

  /**
   * Clients in the order of their ids.
   *
   * @param cursor where to go on, from {@link Page#next()}; empty for the beginning
   * @param limit 1 to 10 000
   */
  Page<Versioned<Client>> clients(Optional<String> cursor, int limit, Deadline deadline);

  /** Creates a resource; a conflict if its id is taken. */
  WriteResult<Resource> createResource(Resource resource, Deadline deadline);

  /** Replaces a resource if it still has the expected version. */
  WriteResult<Resource> updateResource(Resource resource, long expectedVersion, Deadline deadline);

  /** Removes a resource and ends all authorizations for it, at once; false if there was none. */
  boolean removeResource(ResourceId resource, Deadline deadline);

  /** One resource. */
  Optional<Versioned<Resource>> resource(ResourceId resource, Deadline deadline);

  /** Resources in the order of their ids; see {@link #clients}. */
  Page<Versioned<Resource>> resources(Optional<String> cursor, int limit, Deadline deadline);

  /**
   * Grants access if there is no active authorization with this key; one that has expired is
   * replaced.
   *
   * @throws dev.gatehouse.api.GatehouseException with {@link
   *     dev.gatehouse.api.StandardErrorCode#NOT_FOUND} if client or resource do not exist
   */
  WriteResult<Authorization> grant(Authorization authorization, Deadline deadline);

  /**
   * Gives an active authorization another expiry, sooner or later, if it still has the expected
   * version. A conflict without a current value if there is no active one.
   */
  WriteResult<Authorization> extend(
      AuthorizationKey key, Optional<Instant> expiresAt, long expectedVersion, Deadline deadline);

  /** Ends one authorization; false if there was no active one. */
  boolean revoke(AuthorizationKey key, Deadline deadline);

  /** Ends all authorizations of a client. Returns how many active ones there were. */
  int revokeClient(ClientId client, Deadline deadline);

  /** Ends all authorizations for a resource. Returns how many active ones there were. */
  int revokeResource(ResourceId resource, Deadline deadline);

  /** One authorization, also if it has expired and was not swept yet. */
  Optional<Versioned<Authorization>> authorization(AuthorizationKey key, Deadline deadline);

  /** Authorizations in the order of their keys; see {@link #clients}. */
  Page<Versioned<Authorization>> authorizations(
      Optional<String> cursor, int limit, Deadline deadline);

  /** Authorizations that expire before the moment, soonest first, at most {@code limit}. */
  List<Versioned<Authorization>> expiringBefore(Instant moment, int limit, Deadline deadline);

  /**
   * Ends authorizations that have expired by the store's clock, at most {@code limit} of them.
   * Returns how many.
   */
  int sweep(int limit, Deadline deadline);

  /** Brings the store in line with an authoritative list, at once. */
  Reconciliation.Report reconcile(Reconciliation.AuthoritativeList list, Deadline deadline);

  /** Everything at one version. */
  StoreSnapshot snapshot(Deadline deadline);

  /**
   * Changes after a version, in order, at most {@code limit}; a single {@link StoreChange.Gap} if
   * the store no longer knows all of them, or if the version is newer than the store's own, which
   * is that of someone who has followed another store or lost a restart. Changes that share a
   * version are never split across answers: either all of them are in one, which may then hold a
   * few more than {@code limit}, or none. So the version of an answer's last change is where to go
   * on.
   */
  List<StoreChange> changes(long afterVersion, int limit, Deadline deadline);

  /**
   * Delivers every change after a version, in order, until closed. Notifications may be late; the
   * sequence has no holes that are not told by {@link StoreChange.Gap}. After a gap, take a {@link
   * #snapshot} and skip what is delivered with versions up to the snapshot's. A consumer that
   * throws gets the next change all the same.
   *
   * @param consumer called on one thread at a time; must not block for long
   */
  Watch watch(long afterVersion, Consumer<? super StoreChange> consumer);

  /** Writes a consistent copy of everything to a new file, with mode 0600, while in use. */
  void backup(Path file, Deadline deadline);

  /** Checks the stored data. Returns one sentence per problem; none if it is sound. */
  List<String> verify(Deadline deadline);

  /**
   * Whether the time is known. It is not while the wall clock reads earlier than the store was last
   * used, as on a board without a battery that has just booted. Meanwhile whoever enforces treats
   * authorizations with an expiry as if they were over; the store does not end them for that.
   * Cheap; any thread.
   */
  default boolean knowsTime() {
    return true;
  }

  /** A running watch; closing ends it, and nothing is delivered once close has returned. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }
}
