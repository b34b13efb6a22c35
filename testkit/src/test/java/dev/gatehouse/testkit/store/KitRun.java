package dev.gatehouse.testkit.store;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Runs the rules of the kit one by one and tells which of them failed. */
final class KitRun {

  private KitRun() {}

  static List<Method> rules() {
    return Arrays.stream(AuthorizationStoreContract.class.getMethods())
        .filter(method -> method.isAnnotationPresent(Test.class))
        .sorted(Comparator.comparing(Method::getName))
        .toList();
  }

  /** The failures of the rules with these numbers, or of all if none is named, by number. */
  static SortedMap<Integer, Throwable> failures(
      Supplier<? extends AuthorizationStoreContract> contracts, Integer... numbers)
      throws Exception {
    var failures = new TreeMap<Integer, Throwable>();
    for (var rule : rules()) {
      if (numbers.length > 0 && !Arrays.asList(numbers).contains(numberOf(rule))) {
        continue;
      }
      var contract = contracts.get();
      try {
        contract.openEmptyStore();
        rule.invoke(contract);
      } catch (InvocationTargetException e) {
        failures.put(numberOf(rule), e.getCause());
      } finally {
        contract.closeStore();
      }
    }
    return failures;
  }

  static int numberOf(Method rule) {
    return Integer.parseInt(rule.getName().substring(4, 6));
  }
}
