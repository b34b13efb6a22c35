package dev.gatehouse.relay.io;

import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.relay.core.Linux;
import dev.gatehouse.relay.core.MessageHeader;
import dev.gatehouse.relay.core.SentControl;
import dev.gatehouse.relay.core.SocketAddress;
import dev.gatehouse.relay.core.UdpPath;
import java.lang.foreign.Arena;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends batches in order. What a full socket does not take waits in a short queue until it does;
 * what fails is counted and never in the way of what comes after. The shard's thread only.
 */
final class Sender {

  /** Batches that wait for a socket before new ones are dropped. */
  static final int QUEUE = 32;

  /** The most datagrams in one call that every kernel takes. */
  static final int TRAIN_DATAGRAMS = 64;

  /** The most bytes in one call: 65535 less the headers of IPv6 and UDP. */
  static final int TRAIN_BYTES = 65_487;

  /** Refused trains in a row, whose datagrams then went singly, until trains are given up. */
  static final int REFUSALS = 16;

  /** Sends from another address until the one that was addressed is tried again. */
  static final int STALE_USES = 1024;

  private static final Logger LOG = LoggerFactory.getLogger(Sender.class);

  private final SocketCalls calls;
  private final int[] descriptors;
  private final Counters counters;
  private final IntConsumer wakeWhenWritable;
  private final MessageHeader header;
  private final @Nullable PacketBatch[] queue = new @Nullable PacketBatch[QUEUE];
  private int first;
  private int queued;

  // Where the oldest unfinished batch is to go on.
  private int index;
  private int done;
  private boolean singly;
  private boolean suspected;

  private volatile boolean trains;
  private int refusals;
  private @Nullable UdpPath named;
  private int nameLength;
  private @Nullable UdpPath stale;
  private int staleUses;
  private @Nullable UdpPath trying;
  private int lastError;

  /**
   * Creates a sender.
   *
   * @param descriptors the sockets by their index
   * @param trains whether the kernel cuts trains
   * @param wakeWhenWritable asks for {@link #flush()} once the socket with this index has room
   */
  Sender(
      SocketCalls calls,
      int[] descriptors,
      boolean trains,
      Counters counters,
      IntConsumer wakeWhenWritable,
      Arena arena) {
    this.calls = calls;
    this.descriptors = descriptors.clone();
    this.counters = counters;
    this.wakeWhenWritable = wakeWhenWritable;
    this.header = new MessageHeader(arena, SentControl.BYTES);
    this.trains = trains;
  }

  /** Whether trains are sent as such. Any thread. */
  boolean sendsTrains() {
    return trains;
  }

  /** Takes ownership of a batch and sends it, now or as soon as there is room. */
  void accept(PacketBatch batch) {
    if (queued == 0 && send(batch)) {
      batch.close();
    } else if (queued < QUEUE) {
      queue[(first + queued++) % QUEUE] = batch;
    } else {
      discard(batch, 0, DropReason.LANE_FULL);
    }
  }

  /** Goes on with what waits; false if nothing could be sent. */
  boolean flush() {
    boolean any = false;
    while (queued > 0) {
      var batch = queue[first];
      if (batch == null || !send(batch)) {
        return any;
      }
      any = true;
      removeFirst();
      batch.close();
    }
    return any;
  }

  /** Drops what waits. */
  void close() {
    int from = index;
    while (queued > 0) {
      var batch = queue[first];
      removeFirst();
      if (batch != null) {
        discard(batch, from, DropReason.STOPPING);
      }
      from = 0;
    }
    index = 0;
    done = 0;
  }

  private void removeFirst() {
    queue[first] = null;
    first = (first + 1) % QUEUE;
    queued--;
  }

  private void discard(PacketBatch batch, int from, DropReason reason) {
    for (int i = from; i < batch.size(); i++) {
      if (batch.length(i) > 0) {
        batch.drop(i, reason, counters.drops);
      }
    }
    batch.close();
  }

  /** Sends from where it stopped; true when the batch is finished. */
  private boolean send(PacketBatch batch) {
    while (index < batch.size()) {
      if (!sendEntry(batch, index)) {
        return false;
      }
      index++;
      done = 0;
      singly = false;
      suspected = false;
    }
    index = 0;
    return true;
  }

  private boolean sendEntry(PacketBatch batch, int entry) {
    int length = batch.length(entry);
    if (length == 0) {
      return true;
    }
    if (!(batch.path(entry) instanceof UdpPath path)
        || path.socket() < 0
        || path.socket() >= descriptors.length) {
      batch.drop(entry, DropReason.SEND_FAILED, counters.drops);
      return true;
    }
    int segment = batch.segmentSize(entry);
    int ecn = batch.ecn(entry);
    int interrupted = 0;
    while (done < length) {
      int size = segment > 0 ? segment : length;
      int piece = Math.min(length - done, trains && !singly ? train(size) : size);
      boolean train = piece > size;
      long address = batch.address() + batch.offset(entry) + done;
      int error = transmit(path, address, piece, train ? size : 0, ecn);
      if (error == 0) {
        sent(piece, size, train);
        interrupted = 0;
      } else if (error == Linux.EAGAIN) {
        wakeWhenWritable.accept(path.socket());
        return false;
      } else if ((error == Linux.EINTR || error == Linux.ECONNREFUSED) && interrupted++ < 4) {
        // Says nothing of this datagram.
      } else if (!recover(path, error, train)) {
        counters.drops.count(DropReason.SEND_FAILED, (piece + size - 1) / size);
        done += piece;
        note(error);
      }
    }
    return true;
  }

  private static int train(int size) {
    return size * Math.clamp(TRAIN_BYTES / size, 1, TRAIN_DATAGRAMS);
  }

  private void sent(int piece, int size, boolean train) {
    done += piece;
    counters.add(Counters.Key.WRITES, 1);
    counters.add(Counters.Key.DATAGRAMS_OUT, (piece + size - 1) / size);
    counters.add(Counters.Key.BYTES_OUT, piece);
    if (trying != null) {
      stale = trying;
      staleUses = 0;
      trying = null;
    }
    if (train) {
      refusals = 0;
    } else if (suspected) {
      // The datagrams go singly, so it was the train that was refused.
      suspected = false;
      if (++refusals >= REFUSALS) {
        giveUpTrains("the kernel refuses them");
      }
    }
  }

  /** Whether to try once more, in another way. */
  private boolean recover(UdpPath path, int error, boolean train) {
    // EIO: the device cannot fill in checksums. The others may be the fault of this path alone.
    if (train && error == Linux.EIO) {
      giveUpTrains("the network device does not cut them");
      return true;
    }
    if (train && (error == Linux.EINVAL || error == Linux.EMSGSIZE)) {
      singly = true;
      suspected = true;
      return true;
    }
    if (mayBeTheSource(error) && namesSource(path)) {
      // The address that was addressed has left this machine, perhaps: let the system choose.
      trying = path;
      singly = false;
      suspected = false;
      return true;
    }
    trying = null;
    return false;
  }

  private static boolean mayBeTheSource(int error) {
    return error == Linux.EINVAL
        || error == Linux.EADDRNOTAVAIL
        || error == Linux.ENETUNREACH
        || error == Linux.EHOSTUNREACH;
  }

  private boolean namesSource(UdpPath path) {
    return !path.local().isUnspecified() && !path.equals(stale) && !path.equals(trying);
  }

  private void giveUpTrains(String reason) {
    if (trains) {
      trains = false;
      LOG.atInfo().addKeyValue("reason", reason).log("datagrams are sent one by one from here on");
    }
  }

  private int transmit(UdpPath path, long address, int length, int segment, int ecn) {
    if (!path.equals(named)) {
      nameLength = SocketAddress.write(header.name(), path.remote(), path.interfaceIndex());
      named = path;
    }
    var control = header.control();
    int end = 0;
    if (path.equals(stale) && ++staleUses > STALE_USES) {
      stale = null;
    }
    if (namesSource(path)) {
      end = SentControl.source(control, end, path.local(), path.interfaceIndex());
    }
    if (ecn != 0) {
      end = SentControl.ecn(control, end, path.remote().address().isV4(), ecn);
    }
    if (segment != 0) {
      end = SentControl.segment(control, end, segment);
    }
    header.prepare(nameLength, end, address, length);
    return (int) -Math.min(0, calls.send(descriptors[path.socket()], header.address()));
  }

  private void note(int error) {
    if (error != lastError) {
      lastError = error;
      LOG.atDebug().addKeyValue("error", calls.words(error)).log("sending failed");
    }
  }
}
