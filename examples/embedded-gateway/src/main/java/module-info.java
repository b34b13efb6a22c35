/** An appliance with a gateway in it. */
module com.example.appliance {
  requires dev.gatehouse.client;
  requires dev.gatehouse.crypto;
  requires dev.gatehouse.gateway;
  requires dev.gatehouse.launcher;
  requires dev.gatehouse.relay;
  requires dev.gatehouse.store;
  requires static org.jspecify;
}
