package dev.gatehouse.admin.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MetricsApiTest extends AdminTest {

  private List<String> metrics() {
    return asker.get("/metrics").body().lines().toList();
  }

  @Test
  void trafficHasNamesOfItsOwn() {
    house.stage.status =
        Map.of(
            "packets-allowed-in", 1L,
            "packets-allowed-out", 2L,
            "bytes-allowed-in", 3L,
            "bytes-allowed-out", 4L,
            "refusals", Map.of("filtered", 5L),
            "changes", Map.of("authorization-granted", 6L));

    assertThat(metrics())
        .contains(
            "gatehouse_packets_total{direction=\"from-clients\",plugin=\"policy\"} 1",
            "gatehouse_packets_total{direction=\"to-clients\",plugin=\"policy\"} 2",
            "gatehouse_bytes_total{direction=\"from-clients\",plugin=\"policy\"} 3",
            "gatehouse_bytes_total{direction=\"to-clients\",plugin=\"policy\"} 4",
            "gatehouse_refusals_total{plugin=\"policy\",verdict=\"filtered\"} 5",
            "gatehouse_changes_total{change=\"authorization-granted\",plugin=\"policy\"} 6");
  }

  @Test
  void storeLatencyIsAHistogram() {
    house.context.with("admin", admin);
    addClient("alice", 1);

    var buckets =
        metrics().stream()
            .filter(line -> line.startsWith("gatehouse_store_latency_seconds_bucket"))
            .map(line -> Long.valueOf(line.substring(line.lastIndexOf(' ') + 1)))
            .toList();

    assertThat(buckets).hasSizeGreaterThan(5).isSorted();
    assertThat(buckets.getLast()).isPositive();
    assertThat(metrics())
        .anyMatch(line -> line.startsWith("gatehouse_store_latency_seconds_sum{plugin=\"admin\"}"))
        .contains("# TYPE gatehouse_store_latency_seconds histogram");
  }

  @Test
  void everyLaneHasItsFill() {
    assertThat(metrics().stream().filter(line -> line.startsWith("gatehouse_lane_batches{")))
        .hasSize(6)
        .contains("gatehouse_lane_batches{lane=\"from-tun\",shard=\"0\"} 0");
  }

  @Test
  void numberOfSeriesIsBounded() {
    var numbers = new LinkedHashMap<String, Object>();
    var reasons = new LinkedHashMap<String, Object>();
    for (int i = 0; i < 10_000; i++) {
      numbers.put("number-" + i, i);
      reasons.put("reason-" + i, i);
    }
    numbers.put("drops", reasons);
    numbers.put("refusals", reasons);
    numbers.put("changes", reasons);
    house.stage.status = numbers;

    var lines = metrics();

    assertThat(lines).hasSizeLessThan(1000);
    assertThat(lines).contains("gatehouse_series_omitted 39600");
    assertThat(lines).allMatch(line -> line.length() < 400);
  }

  @Test
  void silentStoreTakesAwayItsOwnFiguresOnly() {
    house.store.unavailable = true;

    assertThat(metrics())
        .contains("gatehouse_ready 0", "gatehouse_peers{state=\"connected\"} 0")
        .noneMatch(line -> line.startsWith("gatehouse_clients"));
  }

  @Test
  void clientsResourcesAndAddressesAreNoLabels() {
    addClient("alice-in-wonderland", 1);
    addResource("treasury", "10.11.12.13");
    asker.post(
        "/v1/authorizations", "{\"client\":\"alice-in-wonderland\",\"resource\":\"treasury\"}");

    assertThat(String.join("\n", metrics())).doesNotContain("alice", "treasury", "10.11.12.13");
  }

  /** The page names every metric, and no other. */
  @Test
  void everyMetricIsDocumented() throws Exception {
    var page = Files.readString(Path.of("../docs/admin.md"));
    var documented =
        java.util.regex.Pattern.compile("`(gatehouse_[a-z_]+)")
            .matcher(page)
            .results()
            .map(found -> found.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    var served =
        metrics().stream()
            .filter(line -> line.startsWith("# TYPE "))
            .map(line -> line.split(" ", -1)[2])
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(documented).isEqualTo(served);
  }
}
