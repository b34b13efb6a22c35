package dev.gatehouse.admin.io;

import dev.gatehouse.admin.AdminConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A running admin API around an invented house. */
@Timeout(300)
abstract class AdminTest {

  @TempDir Path directory;

  House house;
  AdminPlugin admin;
  Asker asker;

  @BeforeEach
  void startAdmin() throws InterruptedException {
    house = new House(directory);
    admin = new AdminPlugin(config(), house.context);
    house.context.with("admin", admin);
    admin.start();
    asker = new Asker(directory.resolve("admin.sock"));
  }

  AdminConfig config() {
    return House.config(Optional.empty(), Duration.ofSeconds(5));
  }

  @AfterEach
  void stopAdmin() throws InterruptedException {
    admin.stop();
    admin.close();
    house.close();
  }

  /** Adds a client with the next free addresses. */
  Asker.Answer addClient(String id, int key) {
    return asker.post(
        "/v1/clients", "{\"id\":\"" + id + "\",\"public-key\":\"" + House.key(key) + "\"}");
  }

  /** Adds a resource. */
  Asker.Answer addResource(String id, String destination) {
    return asker.post(
        "/v1/resources", "{\"id\":\"" + id + "\",\"destination\":\"" + destination + "\"}");
  }
}
