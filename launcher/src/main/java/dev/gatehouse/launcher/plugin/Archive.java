package dev.gatehouse.launcher.plugin;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipFile;

/**
 * Unpacks what somebody else packed: plain files with plain relative names only, and no more than
 * {@value #MOST_FILES} of them with {@value #MOST_BYTES} bytes together, counted while unpacking,
 * whatever the archive says about itself.
 */
final class Archive {

  static final int MOST_FILES = 2000;
  static final long MOST_BYTES = 1L << 30;

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_+@=,. -]{1,200}");
  private static final int BLOCK = 512;

  private final Path into;
  private final long mostBytes;
  private final Set<String> names = new HashSet<>();
  private long bytes;

  private Archive(Path into, long mostBytes) {
    this.into = into;
    this.mostBytes = mostBytes;
  }

  /** Whether a file's name is that of an archive this class unpacks. */
  static boolean isKnown(Path file) {
    var name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return isZip(name) || isTar(name);
  }

  private static boolean isZip(String name) {
    return name.endsWith(".zip");
  }

  private static boolean isTar(String name) {
    return name.endsWith(".tar.gz") || name.endsWith(".tgz");
  }

  /**
   * Unpacks an archive into an empty directory.
   *
   * @throws IOException if the archive is damaged or the files cannot be written
   * @throws Refusal if it holds what no plugin needs
   */
  static void unpack(Path archive, Path into) throws IOException {
    unpack(archive, into, MOST_BYTES);
  }

  static void unpack(Path archive, Path into, long mostBytes) throws IOException {
    var unpacking = new Archive(into, mostBytes);
    if (isZip(String.valueOf(archive.getFileName()).toLowerCase(Locale.ROOT))) {
      unpacking.zip(archive);
    } else {
      unpacking.tar(archive);
    }
  }

  private void zip(Path archive) throws IOException {
    try (var zip = new ZipFile(archive.toFile())) {
      for (var entries = zip.entries(); entries.hasMoreElements(); ) {
        var entry = entries.nextElement();
        if (entry.isDirectory()) {
          checked(entry.getName());
          continue;
        }
        try (var in = zip.getInputStream(entry)) {
          write(entry.getName(), in, Long.MAX_VALUE);
        }
      }
    }
  }

  private void tar(Path archive) throws IOException {
    try (var in = new BufferedInputStream(new GZIPInputStream(Files.newInputStream(archive)))) {
      while (true) {
        var header = in.readNBytes(BLOCK);
        if (header.length < BLOCK || header[0] == 0) {
          if (header.length > 0 && header.length < BLOCK) {
            throw new IOException("the archive ends in the middle");
          }
          return;
        }
        entry(header, in);
      }
    }
  }

  private void entry(byte[] header, InputStream in) throws IOException {
    var prefix = text(header, 345, 155);
    boolean ustar = text(header, 257, 5).equals("ustar");
    var name =
        ustar && !prefix.isEmpty() ? prefix + "/" + text(header, 0, 100) : text(header, 0, 100);
    long size = octal(text(header, 124, 12));
    switch (header[156]) {
      case '0', 0 -> write(name, in, size);
      case '5' -> checked(name);
      case 'x', 'g' -> attributes(in, size);
      case 'L' ->
          throw new Refusal("a name in it is longer than 100 characters; pack it as a zip.");
      default ->
          throw new Refusal(
              "'" + printable(name) + "' in it is a link or a device; pack plain files only.");
    }
    if (header[156] == '0' || header[156] == 0) {
      in.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
    }
  }

  /** Times and the like are skipped; names and sizes of their own are not understood. */
  private static void attributes(InputStream in, long size) throws IOException {
    if (size > 64 * 1024) {
      throw new Refusal("it holds attributes of " + size + " bytes; pack it as a zip.");
    }
    var text = new String(in.readNBytes((int) size), StandardCharsets.UTF_8);
    in.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
    if (text.contains(" path=") || text.contains(" size=") || text.contains(" linkpath=")) {
      throw new Refusal("a name in it is longer than 100 characters; pack it as a zip.");
    }
  }

  private void write(String name, InputStream in, long size) throws IOException {
    var file = into.resolve(checked(name));
    if (names.size() >= MOST_FILES || !names.add(file.toString().toLowerCase(Locale.ROOT))) {
      throw new Refusal(
          names.size() >= MOST_FILES
              ? "it holds more than " + MOST_FILES + " files; no plugin needs so many."
              : "it holds '" + printable(name) + "' twice; pack it again.");
    }
    Files.createDirectories(file.getParent());
    try (var out = Files.newOutputStream(file, java.nio.file.StandardOpenOption.CREATE_NEW)) {
      copy(in, out, size);
    }
  }

  private void copy(InputStream in, OutputStream out, long size) throws IOException {
    var buffer = new byte[64 * 1024];
    long left = size;
    while (left > 0) {
      int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (read < 0) {
        if (size == Long.MAX_VALUE) {
          return;
        }
        throw new IOException("the archive ends in the middle");
      }
      bytes += read;
      left -= read;
      if (bytes > mostBytes) {
        throw new Refusal(
            "it unpacks to more than " + (mostBytes >> 20) + " MiB; no plugin needs so much.");
      }
      out.write(buffer, 0, read);
    }
  }

  /** The name if it stays inside, without a leading {@code ./}. */
  private static String checked(String name) {
    var parts = (name.startsWith("./") ? name.substring(2) : name).split("/");
    for (var part : parts) {
      boolean isRoot = parts.length == 1 && part.isEmpty();
      if (!isRoot && (!PLAIN.matcher(part).matches() || part.equals("..") || part.equals("."))) {
        throw new Refusal(
            "'"
                + printable(name)
                + "' in it is not a plain name inside the archive; do not install it.");
      }
    }
    return String.join("/", parts);
  }

  private static String printable(String name) {
    var cut = name.length() > 120 ? name.substring(0, 120) + "…" : name;
    return cut.replaceAll("\\p{Cntrl}", "?");
  }

  private static String text(byte[] header, int from, int length) {
    int end = from;
    while (end < from + length && header[end] != 0) {
      end++;
    }
    return new String(header, from, end - from, StandardCharsets.UTF_8).strip();
  }

  private static long octal(String digits) throws IOException {
    try {
      long size = digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
      if (size >= 0) {
        return size;
      }
    } catch (NumberFormatException e) {
      throw new IOException("the archive is damaged", e);
    }
    throw new IOException("the archive is damaged");
  }
}
