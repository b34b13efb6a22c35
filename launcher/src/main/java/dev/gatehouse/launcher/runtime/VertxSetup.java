package dev.gatehouse.launcher.runtime;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;

/** The Vert.x of a gateway that was not given one. */
public final class VertxSetup {

  private VertxSetup() {}

  /** One event loop per shard and one for everything else; no files of its own. */
  public static Vertx open(int shards) {
    return Vertx.vertx(
        new VertxOptions()
            .setEventLoopPoolSize(shards + 1)
            .setWorkerPoolSize(4)
            .setInternalBlockingPoolSize(4)
            .setPreferNativeTransport(true)
            .setDisableTCCL(true)
            .setFileSystemOptions(
                new FileSystemOptions()
                    .setClassPathResolvingEnabled(false)
                    .setFileCachingEnabled(false)));
  }
}
