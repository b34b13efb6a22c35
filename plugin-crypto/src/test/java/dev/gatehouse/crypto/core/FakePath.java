package dev.gatehouse.crypto.core;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.packet.Path;

/** A path that is nothing but its far end. */
public record FakePath(Endpoint remote) implements Path {

  /** The path to an address with port. */
  public static FakePath to(String endpoint) {
    return new FakePath(Endpoint.parse(endpoint));
  }
}
