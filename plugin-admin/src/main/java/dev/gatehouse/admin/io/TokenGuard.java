package dev.gatehouse.admin.io;

import dev.gatehouse.admin.AdminErrorCode;
import dev.gatehouse.admin.core.FailureLimit;
import dev.gatehouse.admin.core.Reply;
import dev.gatehouse.admin.core.Token;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.model.IpAddress;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets in who knows the token. Wrong ones are answered a few times only, by origin. */
final class TokenGuard implements Guard {

  private static final Logger log = LoggerFactory.getLogger(TokenGuard.class);
  private static final String RETRY_SECONDS = "10";

  private final TimeSource time;
  private final Predicate<String> open;
  private final FailureLimit failures = new FailureLimit();
  private final LongAdder wrong = new LongAdder();
  private final LongAdder throttled = new LongAdder();
  private volatile Token token;

  /**
   * A guard.
   *
   * @param open the paths, without parameters, that everybody may ask for
   */
  TokenGuard(Token token, TimeSource time, Predicate<String> open) {
    this.token = token;
    this.time = time;
    this.open = open;
  }

  /** Another token counts from now on. Any thread. */
  void use(Token other) {
    token = other;
  }

  /** How often a wrong token came. Any thread. */
  long wrong() {
    return wrong.sum();
  }

  /** How often nobody looked at the token any more. Any thread. */
  long throttled() {
    return throttled.sum();
  }

  @Override
  public boolean isNeeded() {
    return true;
  }

  @Override
  public boolean isOpen(HttpServerRequest request) {
    return open.test(request.path() == null ? "" : request.path());
  }

  @Override
  public Optional<Reply> refuse(HttpServerRequest request) {
    if (isOpen(request)) {
      return Optional.empty();
    }
    var header = request.getHeader("Authorization");
    if (header == null) {
      return Optional.of(unauthorized("The request carries no token."));
    }
    var remote = request.remoteAddress().hostAddress();
    var from = remote == null ? IpAddress.v4(0) : IpAddress.parse(withoutZone(remote));
    long now = time.nanoTime();
    if (!failures.mayTry(from, now)) {
      throttled.increment();
      return Optional.of(tooMany());
    }
    if (token.isIn(header)) {
      return Optional.empty();
    }
    failures.wrong(from, now);
    wrong.increment();
    log.atDebug().addKeyValue("address", from).log("admin request with a wrong token");
    return Optional.of(unauthorized("The token of the request is not the gateway's."));
  }

  private static String withoutZone(String address) {
    int zone = address.indexOf('%');
    return zone < 0 ? address : address.substring(0, zone);
  }

  private static Reply unauthorized(String problem) {
    return Reply.problem(
            new GatehouseException(
                AdminErrorCode.UNAUTHORIZED,
                problem,
                "Send 'Authorization: Bearer' and the content of the gateway's token-file; commands"
                    + " take --token-file."))
        .with("WWW-Authenticate", "Bearer");
  }

  private static Reply tooMany() {
    return Reply.problem(
            new GatehouseException(
                AdminErrorCode.TOO_MANY_FAILURES,
                "Too many wrong tokens came from there, so none is looked at.",
                "Wait " + RETRY_SECONDS + " seconds, then try with the right one."))
        .with("Retry-After", RETRY_SECONDS);
  }
}
