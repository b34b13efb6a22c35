package dev.gatehouse.network.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.network.core.Before;
import dev.gatehouse.network.core.RuleSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The set-up of one gateway. What was before is on disk before anything is changed; applying twice
 * is applying once. Blocks; one thread at a time.
 */
final class NetworkSetup {

  private static final Logger log = LoggerFactory.getLogger(NetworkSetup.class);
  private static final String ON = "1";

  private final RuleSet rules;
  private final Parameters parameters;
  private final Programs programs;
  private final BeforeFile file;
  private final Map<String, String> wanted = new LinkedHashMap<>();
  private volatile List<String> changed = List.of();
  private volatile @Nullable Firewall firewall;

  NetworkSetup(RuleSet rules, Parameters parameters, Programs programs, BeforeFile file) {
    this.rules = rules;
    this.parameters = parameters;
    this.programs = programs;
    this.file = file;
  }

  /** The kernel parameters that were changed. Any thread. */
  List<String> changed() {
    return changed;
  }

  /** The program that sets the rules, or {@code none}. Any thread. */
  String firewall() {
    var current = firewall;
    return current == null ? "none" : current.name();
  }

  /** Whether the kernel forwards packets of this family now. Any thread. */
  boolean forwards(boolean v4) {
    return parameters
        .read(v4 ? Parameters.FORWARD_V4 : Parameters.FORWARD_V6)
        .filter(value -> !value.equals("0"))
        .isPresent();
  }

  /** The parameters without which the kernel does not forward, and that are not set. */
  List<String> missing() {
    var missing = new ArrayList<String>();
    if (rules.has(true) && !forwards(true)) {
      missing.add(Parameters.FORWARD_V4.replace('/', '.'));
    }
    if (rules.has(false) && !forwards(false)) {
      missing.add(Parameters.FORWARD_V6.replace('/', '.'));
    }
    return missing;
  }

  /**
   * Sets everything up.
   *
   * @throws GatehouseException if something cannot be; the caller then calls {@link #undo}
   */
  void apply() throws InterruptedException {
    var known = recorded();
    if (known.isPresent()) {
      removeRules(known.get());
    }
    if (rules.has(true)) {
      wanted.put(Parameters.FORWARD_V4, ON);
    }
    if (rules.has(false)) {
      // First, because the kernel drops learnt routes the moment it starts to forward.
      if (!forwards(false)) {
        parameters.acceptingRoutes(rules.device()).forEach(path -> wanted.put(path, "2"));
      }
      wanted.put(Parameters.FORWARD_V6, ON);
    }
    var before =
        known.orElseGet(() -> new Before(boot(), namespace(), rules.device(), "none", Map.of()));
    for (var parameter : wanted.entrySet()) {
      var found = parameters.read(parameter.getKey()).orElse("");
      if (!found.equals(parameter.getValue())) {
        before = before.with(parameter.getKey(), new Before.Parameter(found, parameter.getValue()));
      }
    }
    write(before);
    changed = before.parameters().keySet().stream().map(each -> each.replace('/', '.')).toList();
    setParameters();
    setRules(before);
  }

  private void write(Before before) {
    try {
      file.write(before);
    } catch (IOException e) {
      throw NetworkErrors.noRecord(e);
    }
  }

  /** What was written down in this boot and namespace; of any other, nothing is left to undo. */
  private Optional<Before> recorded() {
    return file.read().filter(before -> before.isOf(boot(), namespace()));
  }

  private List<String> setParameters() {
    var set = new ArrayList<String>();
    wanted.forEach((path, value) -> {
      if (!parameters.read(path).filter(value::equals).isPresent()) {
        try {
          parameters.write(path, value);
          set.add(path.replace('/', '.'));
        } catch (IOException e) {
          throw NetworkErrors.cannotSet(path, value, e);
        }
      }
    });
    return set;
  }

  private void setRules(Before before) throws InterruptedException {
    var said = new ArrayList<GatehouseException>();
    for (var candidate : firewalls()) {
      write(before.forRules(rules.device(), candidate.name()));
      var refused = candidate.apply(rules);
      if (refused.isEmpty()) {
        firewall = candidate;
        return;
      }
      said.add(NetworkErrors.refused(candidate.name(), refused.get()));
      candidate.remove(rules.device());
    }
    if (!said.isEmpty()) {
      throw said.getFirst();
    }
    if (rules.masquerade()) {
      throw NetworkErrors.noProgram();
    }
    log.atInfo().log("neither nft nor iptables is installed, so TCP segment sizes are not clamped");
  }

  private List<Firewall> firewalls() {
    var found = new ArrayList<Firewall>();
    programs.find("nft").ifPresent(nft -> found.add(new NftFirewall(programs, nft)));
    programs.find("iptables-restore").ifPresent(_ -> found.add(new IptablesFirewall(programs)));
    return found;
  }

  /** Makes hold again what no longer does; returns what that was. */
  List<String> repair() throws InterruptedException {
    var repaired = new ArrayList<>(setParameters());
    var current = firewall;
    if (current != null && !current.holds(rules)) {
      var refused = current.apply(rules);
      if (refused.isPresent()) {
        throw NetworkErrors.refused(current.name(), refused.get());
      }
      repaired.add("rules of " + current.name());
    }
    return repaired;
  }

  /**
   * Undoes what was done by this set-up, or by one before it that was killed. What somebody else
   * has changed meanwhile stays as it is.
   */
  void undo() throws InterruptedException {
    var before = recorded();
    if (before.isPresent()) {
      removeRules(before.get());
      before.get().parameters().entrySet().stream()
          .toList()
          .reversed()
          .forEach(each -> restore(each.getKey(), each.getValue()));
    }
    try {
      file.delete();
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue("reason", e.getMessage())
          .log("the record of earlier network settings cannot be removed");
    }
  }

  private void removeRules(Before before) throws InterruptedException {
    for (var candidate : firewalls()) {
      if (candidate.name().equals(before.filter())) {
        var left = candidate.remove(before.device());
        left.ifPresent(said ->
            log.atWarn()
                .addKeyValue("filter", candidate.name())
                .addKeyValue("reason", said)
                .log("packet filter rules could not be removed"));
      }
    }
  }

  private void restore(String path, Before.Parameter parameter) {
    boolean ours = parameters.read(path).filter(parameter.set()::equals).isPresent();
    if (!ours || parameter.found().isEmpty()) {
      return;
    }
    try {
      parameters.write(path, parameter.found());
    } catch (IOException e) {
      log.atWarn()
          .addKeyValue("parameter", path.replace('/', '.'))
          .addKeyValue("reason", e.getMessage())
          .log("a kernel parameter could not be set back");
    }
  }

  private String boot() {
    return parameters.read("kernel/random/boot_id").orElse("unknown");
  }

  /** The network namespace of this thread, as the kernel writes it. */
  private static String namespace() {
    try {
      return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
    } catch (IOException e) {
      return "unknown";
    }
  }
}
