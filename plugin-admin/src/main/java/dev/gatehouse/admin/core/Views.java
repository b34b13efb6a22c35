package dev.gatehouse.admin.core;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.Filter;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.spi.FlowMonitor;
import dev.gatehouse.api.spi.PeerStatus;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The model as JSON objects. No view holds a secret. */
public final class Views {

  private Views() {}

  /** A client; of its pre-shared key only whether there is one. */
  public static Map<String, Object> of(Client client) {
    var view = new LinkedHashMap<String, Object>();
    view.put("id", client.id().value());
    view.put("name", client.name());
    view.put("public-key", client.publicKey().toString());
    view.put("has-preshared-key", client.presharedKey().isPresent());
    view.put("addresses", texts(client.addresses()));
    return view;
  }

  /** A resource. */
  public static Map<String, Object> of(Resource resource) {
    var view = new LinkedHashMap<String, Object>();
    view.put("id", resource.id().value());
    view.put("name", resource.name());
    view.put("destination", resource.destination().toString());
    view.put("filters", resource.filters().stream().map(Filter::toString).toList());
    return view;
  }

  /** An authorization, with whether it counts at this moment. */
  public static Map<String, Object> of(Authorization authorization, Instant now) {
    var view = new LinkedHashMap<String, Object>();
    view.put("client", authorization.key().client().value());
    view.put("resource", authorization.key().resource().value());
    view.put("granted-at", authorization.grantedAt().toString());
    authorization.expiresAt().ifPresent(at -> view.put("expires-at", at.toString()));
    view.put("origin", authorization.origin());
    view.put("active", authorization.isActiveAt(now));
    return view;
  }

  /** A peer's connection. */
  public static Map<String, Object> of(PeerStatus peer) {
    var view = new LinkedHashMap<String, Object>();
    view.put("client", peer.client().value());
    view.put("public-key", peer.publicKey().toString());
    view.put("connected", peer.connected());
    peer.remote().ifPresent(remote -> view.put("endpoint", remote.toString()));
    peer.lastHandshake().ifPresent(at -> view.put("last-handshake", at.toString()));
    view.put("received-bytes", peer.receivedBytes());
    view.put("sent-bytes", peer.sentBytes());
    return view;
  }

  /** A flow. */
  public static Map<String, Object> of(FlowMonitor.Flow flow) {
    var view = new LinkedHashMap<String, Object>();
    view.put("live", flow.live());
    view.put("start", flow.start().toString());
    view.put("last", flow.last().toString());
    view.put("verdict", flow.verdict());
    view.put("client", flow.client().value());
    flow.resource().ifPresent(resource -> view.put("resource", resource.value()));
    flow.rule().ifPresent(rule -> view.put("rule", rule));
    view.put("protocol", flow.protocol());
    view.put("initiator", flow.fromClient() ? "client" : "resource");
    view.put("client-address", flow.clientAddress().toString());
    view.put("client-port", flow.clientPort());
    view.put("remote-address", flow.remoteAddress().toString());
    view.put("remote-port", flow.remotePort());
    flow.domain().ifPresent(domain -> view.put("domain", domain));
    flow.translatedAddress()
        .ifPresent(address -> view.put("translated-address", address.toString()));
    view.put("sent-packets", flow.sentPackets());
    view.put("sent-bytes", flow.sentBytes());
    view.put("received-packets", flow.receivedPackets());
    view.put("received-bytes", flow.receivedBytes());
    return view;
  }

  /** Addresses, IPv4 first. */
  public static List<String> texts(TunnelAddresses addresses) {
    return addresses.all().stream().map(IpAddress::toString).toList();
  }

  /** Networks. */
  public static List<String> texts(List<Cidr> networks) {
    return networks.stream().map(Cidr::toString).toList();
  }
}
