package dev.gatehouse.launcher.remote;

import io.nayuki.qrcodegen.DataTooLongException;
import io.nayuki.qrcodegen.QrCode;
import java.util.Optional;

/** A QR code (ISO/IEC 18004) for terminals: dark on light whatever the terminal's colours are. */
final class QrText {

  /** Light modules around the code, which scanners need. */
  private static final int QUIET = 2;

  private static final String DARK_ON_LIGHT = "\u001b[30;107m";
  private static final String RESET = "\u001b[0m";

  private QrText() {}

  /** The bytes as a code with the least error correction; empty if there are too many for one. */
  static Optional<QrCode> encode(byte[] bytes) {
    try {
      return Optional.of(QrCode.encodeBinary(bytes, QrCode.Ecc.LOW));
    } catch (DataTooLongException e) {
      return Optional.empty();
    }
  }

  /** Lines of half blocks, two modules above each other in one character. */
  static String halfBlocks(QrCode code) {
    var text = new StringBuilder();
    for (int y = -QUIET; y < code.size + QUIET; y += 2) {
      text.append(DARK_ON_LIGHT);
      for (int x = -QUIET; x < code.size + QUIET; x++) {
        boolean upper = code.getModule(x, y);
        boolean lower = code.getModule(x, y + 1);
        text.append(upper ? lower ? '█' : '▀' : lower ? '▄' : ' ');
      }
      text.append(RESET).append('\n');
    }
    return text.toString();
  }
}
