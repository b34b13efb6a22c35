package dev.gatehouse.relay.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.relay.abi.CLibrary;
import dev.gatehouse.relay.core.SocketAddress;
import dev.gatehouse.testkit.Allocations;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the writer gathers arrives as the datagrams it was given, in order, on real sockets. */
@Timeout(300)
class DatagramTrainsTest {

  private static final UdpSocket.Options OPTIONS =
      new UdpSocket.Options(1 << 20, 1 << 20, true, false, false, "the test");

  private final Arena arena = Arena.ofShared();
  private final UdpSocket from =
      UdpSocket.open(CLibrary.load(), Endpoint.parse("127.0.0.1:0"), OPTIONS, 0);
  private final UdpSocket to =
      UdpSocket.open(CLibrary.load(), Endpoint.parse("127.0.0.1:0"), OPTIONS, 1);
  private final RelayCounters counters = new RelayCounters();
  private final DatagramReader reader = new DatagramReader(CLibrary.load(), arena);
  private final DatagramWriter writer = new DatagramWriter(CLibrary.load(), true, counters, arena);
  private final MemorySegment payloads = arena.allocate(64 * 1024);
  private long received;

  @BeforeEach
  void fill() {
    for (int i = 0; i < payloads.byteSize(); i++) {
      payloads.set(ValueLayout.JAVA_BYTE, i, (byte) ((i * 31) >>> 3));
    }
  }

  @AfterEach
  void close() {
    from.close();
    to.close();
    arena.close();
  }

  private void add(int header, int offset, int length) {
    var place = to.local().address();
    var prefixes =
        writer.prefixes(
            from.descriptor(),
            null,
            place.high(),
            place.low(),
            to.local().port(),
            length + (header == 0 ? 0 : 4));
    if (header != 0) {
      Octets.u32(prefixes, writer.prefixOffset(), header);
    }
    writer.add(header == 0 ? 0 : 4, payloads.address() + offset, length);
  }

  private byte[] expected(int header, int offset, int length) {
    var bytes = payloads.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    return header == 0
        ? bytes
        : HexFormat.of()
            .parseHex(HexFormat.of().toHexDigits(header) + HexFormat.of().formatHex(bytes));
  }

  /** Everything that has arrived, train or not, as single datagrams. */
  private List<byte[]> arrived() {
    var all = new ArrayList<byte[]>();
    for (int count = reader.receive(to.descriptor());
        count > 0;
        count = reader.receive(to.descriptor())) {
      for (int i = 0; i < count; i++) {
        assertThat(SocketAddress.port(reader.name(i))).isEqualTo(from.local().port());
        int length = reader.length(i);
        int size = reader.control(i).segmentSize();
        int step = size == 0 ? Math.max(1, length) : size;
        for (int at = 0; at < Math.max(1, length); at += step) {
          all.add(
              reader
                  .data()
                  .asSlice(reader.offset(i) + at, Math.min(step, length - at))
                  .toArray(ValueLayout.JAVA_BYTE));
        }
      }
    }
    return all;
  }

  @Test
  void equalDatagramsWithHeadersAreOneCall() {
    for (int i = 0; i < 10; i++) {
      add(0x4000_0064, i * 104, 100);
    }
    writer.flush();

    assertThat(counters.of(RelayCounters.Tally.WRITES)).isEqualTo(from.gso() ? 1 : 10);
    var arrived = arrived();
    assertThat(arrived).hasSize(10);
    for (int i = 0; i < 10; i++) {
      assertThat(arrived.get(i)).isEqualTo(expected(0x4000_0064, i * 104, 100));
    }
  }

  @Test
  void sizesThatChangeKeepTheirOrderAndTheirBounds() {
    int[] sizes = {100, 100, 60, 60, 80, 0, 80, 1200, 1, 1, 1, 2};
    int offset = 0;
    for (int size : sizes) {
      add(0, offset, size);
      offset += size;
    }
    writer.flush();

    var arrived = arrived();
    assertThat(arrived.stream().mapToInt(one -> one.length).toArray()).isEqualTo(sizes);
    offset = 0;
    for (int i = 0; i < sizes.length; i++) {
      assertThat(arrived.get(i)).isEqualTo(expected(0, offset, sizes[i]));
      offset += sizes[i];
    }
  }

  @Test
  void moreThanATrainTakesIsSeveral() {
    for (int i = 0; i < 200; i++) {
      add(0, i * 10, 10);
    }
    writer.flush();

    assertThat(arrived()).hasSize(200);
    assertThat(counters.of(RelayCounters.Tally.DATAGRAMS_OUT)).isEqualTo(200);
  }

  @Test
  void neitherGatheringNorReadingAllocates() {
    Runnable round =
        () -> {
          for (int i = 0; i < 1000; i++) {
            for (int j = 0; j < 20; j++) {
              add(0x4000_0064, j * 104, 100);
            }
            add(0x4000_0020, 0, 32);
            writer.flush();
            for (int count = reader.receive(to.descriptor());
                count > 0;
                count = reader.receive(to.descriptor())) {
              for (int k = 0; k < count; k++) {
                received += reader.length(k) + reader.control(k).segmentSize();
              }
            }
          }
        };
    for (int i = 0; i < 20; i++) {
      round.run();
    }

    // A few bytes are the measurement's own and the compiler's.
    assertThat(Allocations.least(round, 8 * 1024)).isLessThan(8 * 1024);
    assertThat(received).isPositive();
  }
}
