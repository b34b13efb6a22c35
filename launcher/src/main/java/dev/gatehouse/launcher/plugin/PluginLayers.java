package dev.gatehouse.launcher.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jars that plugins' layers read from, so that they are closed with the house instead of when
 * the garbage collector finds them. Afterwards a plugin can load no more classes. Safe for any
 * thread; closing again does nothing.
 */
public final class PluginLayers implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(PluginLayers.class);

  private final Set<ModuleReader> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** Nothing is open yet. */
  public PluginLayers() {}

  /** Finds the same modules; what a class loader opens of them is closed with this object. */
  ModuleFinder tracking(List<ModuleReference> references) {
    Map<String, ModuleReference> tracked =
        references.stream()
            .collect(
                Collectors.toMap(
                    reference -> reference.descriptor().name(),
                    reference -> new Tracked(reference)));
    return new ModuleFinder() {
      @Override
      public Optional<ModuleReference> find(String name) {
        return Optional.ofNullable(tracked.get(name));
      }

      @Override
      public Set<ModuleReference> findAll() {
        return Set.copyOf(tracked.values());
      }
    };
  }

  /** How many jars are open. */
  int size() {
    return open.size();
  }

  @Override
  public void close() {
    closed = true;
    for (var reader : open) {
      close(reader);
    }
  }

  private void close(ModuleReader reader) {
    if (open.remove(reader)) {
      try {
        reader.close();
      } catch (IOException e) {
        LOG.atDebug().setCause(e).log("a jar of a plugin could not be closed");
      }
    }
  }

  private final class Tracked extends ModuleReference {
    private final ModuleReference reference;

    Tracked(ModuleReference reference) {
      super(reference.descriptor(), reference.location().orElse(null));
      this.reference = reference;
    }

    @Override
    public ModuleReader open() throws IOException {
      if (closed) {
        throw new IOException("the plugins are closed");
      }
      var reader = new TrackedReader(reference.open());
      open.add(reader);
      if (closed) { // meanwhile
        PluginLayers.this.close(reader);
      }
      return reader;
    }
  }

  private static final class TrackedReader implements ModuleReader {
    private final ModuleReader reader;

    TrackedReader(ModuleReader reader) {
      this.reader = reader;
    }

    @Override
    public Optional<URI> find(String name) throws IOException {
      return reader.find(name);
    }

    @Override
    public Optional<InputStream> open(String name) throws IOException {
      return reader.open(name);
    }

    @Override
    public Optional<ByteBuffer> read(String name) throws IOException {
      return reader.read(name);
    }

    @Override
    public void release(ByteBuffer buffer) {
      reader.release(buffer);
    }

    @Override
    public Stream<String> list() throws IOException {
      return reader.list();
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }

  /** Where a module's jar is. */
  static Optional<Path> jar(ModuleReference reference) {
    return reference.location().filter(uri -> "file".equals(uri.getScheme())).map(Path::of);
  }
}
