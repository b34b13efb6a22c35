package dev.gatehouse.store.core;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.Filter;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.Versioned;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;

/**
 * The stored form of values: big-endian fields in a fixed order after one byte that names the
 * layout. Keys of rows are not part of their bodies.
 *
 * <p>Decoding throws {@link DamagedRow} for anything that encoding would not have produced.
 */
public final class RowCodec {

  static final int LAYOUT = 1;

  private RowCodec() {}

  /** The bytes are not what this class wrote. */
  public static final class DamagedRow extends Exception {
    private static final long serialVersionUID = 1L;

    /** Says what is damaged, and why. */
    public DamagedRow(String what, Throwable cause) {
      super(what, cause);
    }

    /** Says what is damaged. */
    public DamagedRow(String what) {
      super(what);
    }
  }

  private interface Writing {
    void to(DataOutputStream out) throws IOException;
  }

  private interface Reading<T> {
    T from(DataInputStream in) throws IOException;
  }

  /** A client without its id. The caller overwrites the array when it is stored. */
  public static byte[] encode(Client client) {
    return encoded(out -> write(out, client));
  }

  /** A client. */
  public static Client client(String id, byte[] body) throws DamagedRow {
    return decoded("client", body, in -> readClient(in, new ClientId(id)));
  }

  /** A resource without its id. */
  public static byte[] encode(Resource resource) {
    return encoded(out -> write(out, resource));
  }

  /** A resource. */
  public static Resource resource(String id, byte[] body) throws DamagedRow {
    return decoded("resource", body, in -> readResource(in, new ResourceId(id)));
  }

  /** An authorization without its key. */
  public static byte[] encode(Authorization authorization, Duration offset) {
    return encoded(out -> {
      write(out, authorization);
      out.writeLong(offset.toSeconds());
      out.writeInt(offset.toNanosPart());
    });
  }

  /** An authorization. */
  public static Held held(AuthorizationKey key, long version, byte[] body) throws DamagedRow {
    return decoded(
        "authorization",
        body,
        in -> {
          var value = readAuthorization(in, key);
          var offset = Duration.ofSeconds(in.readLong(), in.readInt());
          return new Held(new Versioned<>(value, version), offset);
        });
  }

  /** A change without its version. The caller overwrites the array when it is stored. */
  public static byte[] encode(StoreChange change) {
    return encoded(out -> {
      switch (change) {
        case StoreChange.ClientPut put -> {
          out.writeByte('C');
          out.writeUTF(put.client().id().value());
          write(out, put.client());
        }
        case StoreChange.ClientRemoved removed -> {
          out.writeByte('c');
          out.writeUTF(removed.client().value());
        }
        case StoreChange.ResourcePut put -> {
          out.writeByte('R');
          out.writeUTF(put.resource().id().value());
          write(out, put.resource());
        }
        case StoreChange.ResourceRemoved removed -> {
          out.writeByte('r');
          out.writeUTF(removed.resource().value());
        }
        case StoreChange.AuthorizationPut put -> {
          out.writeByte('A');
          write(out, put.authorization().key());
          write(out, put.authorization());
        }
        case StoreChange.AuthorizationRemoved removed -> {
          out.writeByte('a');
          write(out, removed.key());
          out.writeByte(
              switch (removed.reason()) {
                case REVOKED -> 'r';
                case EXPIRED -> 'e';
                case RECONCILED -> 'l';
              });
        }
        case StoreChange.Gap gap -> throw new IllegalArgumentException("not a change: " + gap);
      }
    });
  }

  /** A change. */
  public static StoreChange change(long version, byte[] body) throws DamagedRow {
    return decoded("change", body, in -> readChange(in, version));
  }

  private static StoreChange readChange(DataInputStream in, long version) throws IOException {
    int kind = in.readUnsignedByte();
    return switch (kind) {
      case 'C' -> new StoreChange.ClientPut(readClient(in, new ClientId(in.readUTF())), version);
      case 'c' -> new StoreChange.ClientRemoved(new ClientId(in.readUTF()), version);
      case 'R' ->
          new StoreChange.ResourcePut(readResource(in, new ResourceId(in.readUTF())), version);
      case 'r' -> new StoreChange.ResourceRemoved(new ResourceId(in.readUTF()), version);
      case 'A' -> new StoreChange.AuthorizationPut(readAuthorization(in, readKey(in)), version);
      case 'a' ->
          new StoreChange.AuthorizationRemoved(readKey(in), reason(in.readUnsignedByte()), version);
      default -> throw new IOException("kind of change " + kind);
    };
  }

  private static EndReason reason(int code) throws IOException {
    return switch (code) {
      case 'r' -> EndReason.REVOKED;
      case 'e' -> EndReason.EXPIRED;
      case 'l' -> EndReason.RECONCILED;
      default -> throw new IOException("reason " + code);
    };
  }

  private static byte[] encoded(Writing writing) {
    var bytes = new ByteArrayOutputStream(160);
    var out = new DataOutputStream(bytes);
    try {
      out.writeByte(LAYOUT);
      writing.to(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static <T> T decoded(String what, byte[] body, Reading<T> reading) throws DamagedRow {
    var in = new DataInputStream(new ByteArrayInputStream(body));
    try {
      int layout = in.readUnsignedByte();
      if (layout != LAYOUT) {
        throw new DamagedRow(what + " in an unknown layout " + layout);
      }
      var value = reading.from(in);
      if (in.read() >= 0) {
        throw new DamagedRow(what + " with bytes too many");
      }
      return value;
    } catch (IOException
        | GatehouseException
        | IllegalArgumentException
        | DateTimeException
        | ArithmeticException e) {
      throw new DamagedRow(what + " that cannot be read", e);
    }
  }

  private static void write(DataOutputStream out, AuthorizationKey key) throws IOException {
    out.writeUTF(key.client().value());
    out.writeUTF(key.resource().value());
  }

  private static AuthorizationKey readKey(DataInputStream in) throws IOException {
    return new AuthorizationKey(new ClientId(in.readUTF()), new ResourceId(in.readUTF()));
  }

  private static void write(DataOutputStream out, Client client) throws IOException {
    out.writeUTF(client.name());
    out.write(client.publicKey().bytes());
    out.writeBoolean(client.presharedKey().isPresent());
    if (client.presharedKey().isPresent()) {
      var secret = new byte[SecretKey.LENGTH];
      client.presharedKey().get().copyTo(secret, 0);
      out.write(secret);
      Arrays.fill(secret, (byte) 0);
    }
    writeAddress(out, client.addresses().v4());
    writeAddress(out, client.addresses().v6());
  }

  private static Client readClient(DataInputStream in, ClientId id) throws IOException {
    var name = in.readUTF();
    var key = PublicKey.of(readBytes(in, PublicKey.LENGTH));
    Optional<SecretKey> presharedKey = Optional.empty();
    if (in.readBoolean()) {
      var secret = readBytes(in, SecretKey.LENGTH);
      presharedKey = Optional.of(SecretKey.of(secret));
      Arrays.fill(secret, (byte) 0);
    }
    var addresses = new TunnelAddresses(readAddress(in), readAddress(in));
    return new Client(id, name, key, presharedKey, addresses);
  }

  private static void writeAddress(DataOutputStream out, Optional<IpAddress> address)
      throws IOException {
    out.writeBoolean(address.isPresent());
    if (address.isPresent()) {
      out.writeLong(address.get().high());
      out.writeLong(address.get().low());
    }
  }

  private static Optional<IpAddress> readAddress(DataInputStream in) throws IOException {
    return in.readBoolean()
        ? Optional.of(new IpAddress(in.readLong(), in.readLong()))
        : Optional.empty();
  }

  private static void write(DataOutputStream out, Resource resource) throws IOException {
    out.writeUTF(resource.name());
    writeDestination(out, resource.destination());
    out.writeInt(resource.filters().size());
    for (var filter : resource.filters()) {
      out.writeUTF(filter.toString());
    }
  }

  private static Resource readResource(DataInputStream in, ResourceId id) throws IOException {
    var name = in.readUTF();
    var destination = readDestination(in);
    int count = in.readInt();
    if (count < 0 || count > in.available()) {
      throw new IOException(count + " filters");
    }
    var filters = new ArrayList<Filter>(count);
    for (int i = 0; i < count; i++) {
      filters.add(Filter.parse(in.readUTF()));
    }
    return new Resource(id, name, destination, filters);
  }

  /** With its kind, because a DNS name may look like another kind of destination. */
  private static void writeDestination(DataOutputStream out, Destination destination)
      throws IOException {
    out.writeByte(
        switch (destination) {
          case Destination.Network network -> 'n';
          case Destination.DnsName name -> 'd';
          case Destination.Internet internet -> 'i';
        });
    out.writeUTF(destination.toString());
  }

  private static Destination readDestination(DataInputStream in) throws IOException {
    int kind = in.readUnsignedByte();
    var text = in.readUTF();
    return switch (kind) {
      case 'n' -> new Destination.Network(Cidr.parse(text));
      case 'd' -> new Destination.DnsName(text);
      case 'i' -> new Destination.Internet();
      default -> throw new IOException("kind of destination " + kind);
    };
  }

  private static void write(DataOutputStream out, Authorization authorization) throws IOException {
    out.writeUTF(authorization.origin());
    writeInstant(out, authorization.grantedAt());
    out.writeBoolean(authorization.expiresAt().isPresent());
    if (authorization.expiresAt().isPresent()) {
      writeInstant(out, authorization.expiresAt().get());
    }
  }

  private static Authorization readAuthorization(DataInputStream in, AuthorizationKey key)
      throws IOException {
    var origin = in.readUTF();
    var grantedAt = readInstant(in);
    Optional<Instant> expiresAt =
        in.readBoolean() ? Optional.of(readInstant(in)) : Optional.empty();
    return new Authorization(key, grantedAt, expiresAt, origin);
  }

  private static void writeInstant(DataOutputStream out, Instant instant) throws IOException {
    out.writeLong(instant.getEpochSecond());
    out.writeInt(instant.getNano());
  }

  private static Instant readInstant(DataInputStream in) throws IOException {
    long seconds = in.readLong();
    int nanos = in.readInt();
    if (nanos < 0 || nanos > 999_999_999) {
      throw new IOException("nanoseconds " + nanos);
    }
    return Instant.ofEpochSecond(seconds, nanos);
  }

  private static byte[] readBytes(DataInputStream in, int length) throws IOException {
    var bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }
}
