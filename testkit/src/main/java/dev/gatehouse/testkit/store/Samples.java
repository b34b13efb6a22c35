package dev.gatehouse.testkit.store;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
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
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Clients, resources and authorizations for tests of stores; equal numbers give equal values.
 *
 * @since 0.1.0
 */
public final class Samples {

  private Samples() {}

  /** The id of the client with this number. */
  public static ClientId clientId(int number) {
    return new ClientId("client-" + number);
  }

  /** The id of the resource with this number. */
  public static ResourceId resourceId(int number) {
    return new ResourceId("resource-" + number);
  }

  /** The key of client and resource with these numbers. */
  public static AuthorizationKey key(int client, int resource) {
    return new AuthorizationKey(clientId(client), resourceId(resource));
  }

  /** A public key of its own for every number. */
  public static PublicKey publicKey(int number) {
    return PublicKey.of(ByteBuffer.allocate(PublicKey.LENGTH).putInt(number).putInt(7).array());
  }

  /** A pre-shared key of its own for every number. */
  public static SecretKey presharedKey(int number) {
    return SecretKey.of(ByteBuffer.allocate(SecretKey.LENGTH).putInt(number).putInt(11).array());
  }

  /** Addresses of their own for every number. */
  public static TunnelAddresses addresses(int number) {
    return new TunnelAddresses(
        Optional.of(IpAddress.v4(0x6440_0000 + number)),
        Optional.of(new IpAddress(0xfd00_2021_1111_0000L, number + 1L)));
  }

  /** A client; every third one has a pre-shared key. */
  public static Client client(int number) {
    return client(number, number, number);
  }

  /** A client whose key and addresses come from other numbers than its id. */
  public static Client client(int number, int keyNumber, int addressNumber) {
    return new Client(
        clientId(number),
        "Client " + number,
        publicKey(keyNumber),
        number % 3 == 0 ? Optional.of(presharedKey(number)) : Optional.empty(),
        addresses(addressNumber));
  }

  /** A resource. */
  public static Resource resource(int number) {
    return new Resource(
        resourceId(number),
        "Resource " + number,
        switch (number % 3) {
          case 0 -> Destination.parse("10." + number % 200 + ".0.0/16");
          case 1 -> Destination.parse("*.site" + number + ".example.com");
          default -> new Destination.Internet();
        },
        number % 2 == 0
            ? List.of()
            : List.of(
                Filter.parse("tcp/443"), Filter.parse("udp/5000-5100"), Filter.parse("icmp")));
  }

  /** An authorization. */
  public static Authorization authorization(
      int client, int resource, Instant grantedAt, Optional<Instant> expiresAt) {
    return new Authorization(key(client, resource), grantedAt, expiresAt, "test");
  }
}
