package dev.gatehouse.relay.io;

import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.relay.core.Linux;
import dev.gatehouse.relay.core.ReceivedControl;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/** A kernel that keeps what is sent, or refuses it as a test wishes. */
final class FakeCalls implements SocketCalls {

  /** One call: where from (empty if left to the system), the datagrams' numbers, and as a train. */
  record Sent(boolean withSource, List<Integer> numbers, boolean train, int descriptor) {}

  final List<Sent> sent = new ArrayList<>();

  /** What to answer: 0 for taking it, or an error number. */
  ToIntFunction<Sent> answer = sent -> 0;

  @Override
  public long receive(int descriptor, long message) {
    return -Linux.EAGAIN;
  }

  @Override
  public long send(int descriptor, long message) {
    var header = at(message, 56);
    var vector = at(header.get(ValueLayout.JAVA_LONG, 16), 16);
    long length = vector.get(ValueLayout.JAVA_LONG, 8);
    var data = at(vector.get(ValueLayout.JAVA_LONG, 0), length);
    long controlLength = header.get(ValueLayout.JAVA_LONG, 40);
    var control = at(header.get(ValueLayout.JAVA_LONG, 32), controlLength);
    int segment = segment(control);
    var reader = new ReceivedControl();
    reader.read(control, controlLength);
    var numbers = new ArrayList<Integer>();
    int step = segment > 0 ? segment : (int) length;
    for (long at = 0; at < length; at += step) {
      numbers.add(Octets.u32(data, at));
    }
    var call = new Sent(reader.localLow() != 0, numbers, segment > 0, descriptor);
    int error = answer.applyAsInt(call);
    if (error != 0) {
      return -error;
    }
    sent.add(call);
    return length;
  }

  @SuppressWarnings("restricted") // what a kernel does
  private static MemorySegment at(long address, long length) {
    return MemorySegment.ofAddress(address).reinterpret(length);
  }

  private static int segment(MemorySegment control) {
    long at = 0;
    while (at + 16 <= control.byteSize()) {
      long size = control.get(ValueLayout.JAVA_LONG, at);
      if (control.get(ValueLayout.JAVA_INT, at + 8) == Linux.SOL_UDP
          && control.get(ValueLayout.JAVA_INT, at + 12) == Linux.UDP_SEGMENT) {
        return control.get(ValueLayout.JAVA_SHORT, at + 16) & 0xffff;
      }
      at += (size + 7) & -8;
    }
    return 0;
  }

  List<Integer> numbers() {
    return sent.stream().flatMap(call -> call.numbers().stream()).toList();
  }

  @Override
  public String words(int errno) {
    return "error " + errno;
  }
}
