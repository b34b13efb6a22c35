package dev.gatehouse.admin.io;

import dev.gatehouse.admin.core.Reply;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;

/** Decides who may ask, before anything of the request but its head is read. */
interface Guard {

  /** Lets everybody in: whoever may open the socket may do everything. */
  Guard NONE =
      new Guard() {
        @Override
        public Optional<Reply> refuse(HttpServerRequest request) {
          return Optional.empty();
        }

        @Override
        public boolean isOpen(HttpServerRequest request) {
          return false;
        }

        @Override
        public boolean isNeeded() {
          return false;
        }
      };

  /** The answer to somebody who may not ask; empty for the others. On the event loop. */
  Optional<Reply> refuse(HttpServerRequest request);

  /** Whether everybody may ask for this. */
  boolean isOpen(HttpServerRequest request);

  /** Whether strangers can connect at all. */
  boolean isNeeded();
}
