package dev.gatehouse.dist.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.dist.Bundle;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** Who may know whom. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RoomsTest {

  private static final List<String> EVERYBODY =
      List.of("java..", "javax..", "org.slf4j..", "org.jspecify..", "dev.gatehouse.api..");

  /** A room and what it may know beside the Java platform, the log and the contracts. */
  private record Room(String name, List<String> knows) {

    String root() {
      return "dev.gatehouse." + name + "..";
    }
  }

  private static Room room(String name, String... knows) {
    return new Room(name, List.of(knows));
  }

  private static final List<Room> ROOMS =
      List.of(
          room("api", "io.vertx.."),
          room("tun.linux", "io.vertx..", "jnr.."),
          room("tun.windows", "io.vertx..", "jnr.."),
          room("crypto", "io.vertx..", "jnr..", "org.bouncycastle.."),
          room("relay", "io.vertx..", "io.netty..", "jnr.."),
          room("store", "io.vertx..", "org.sqlite.."),
          room("store.postgres", "org.postgresql.."),
          room("gateway", "io.vertx.."),
          room("network", "io.vertx.."),
          room("admin", "io.vertx..", "tools.jackson.core.."),
          room("client", "io.vertx.."),
          room(
              "launcher",
              "io.vertx..",
              "io.netty..",
              "ch.qos.logback..",
              "picocli..",
              "tools.jackson..",
              "com.fasterxml.jackson.annotation..",
              "io.nayuki.qrcodegen.."),
          room(
              "testkit",
              "io.vertx..",
              "org.junit..",
              "org.assertj..",
              "org.opentest4j..",
              "com.sun.management.."));

  private JavaClasses house = new ClassFileImporter().importClasses();

  @BeforeAll
  void readAllOurJars() throws IOException {
    var jars = new ArrayList<JarFile>();
    for (var jar : Bundle.ownJars()) {
      jars.add(new JarFile(jar.toFile()));
    }
    house = new ClassFileImporter().importJars(jars);
    for (var jar : jars) {
      jar.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> everyRoomKnowsOnlyWhatTheDesignAllows() {
    return ROOMS.stream()
        .map(room ->
            DynamicTest.dynamicTest(
                room.name(),
                () ->
                    classes()
                        .that(resideIn(room))
                        .should()
                        .onlyDependOnClassesThat(resideInAnyPackage(known(room)).or(resideIn(room)))
                        .because("plugins never know each other, only the api")
                        .check(house)));
  }

  private static String[] known(Room room) {
    return Stream.concat(EVERYBODY.stream(), room.knows().stream()).toArray(String[]::new);
  }

  /** In the room itself, not in one whose name only begins with its name. */
  private static DescribedPredicate<JavaClass> resideIn(Room room) {
    var others =
        ROOMS.stream()
            .filter(other -> other.name().startsWith(room.name() + "."))
            .map(Room::root)
            .toArray(String[]::new);
    return resideInAPackage(room.root()).and(resideOutsideOfPackages(others));
  }

  @Test
  void everyClassBelongsToARoom() {
    var roots = ROOMS.stream().map(Room::root).toArray(String[]::new);
    classes().should().resideInAnyPackage(roots).check(house);
  }

  @Test
  void nativeCallsStayInTheTunPluginsTheAeadAndTheSocketLayer() {
    noClasses()
        .that(
            resideOutsideOfPackages(
                "dev.gatehouse.tun.linux..",
                "dev.gatehouse.tun.windows..",
                "dev.gatehouse.crypto..",
                "dev.gatehouse.relay.."))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("jnr..")
        .check(house);
  }

  @Test
  void nobodyMakesNativeCallsPastJnr() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.lang.foreign.Linker")
        .because("native calls go through jnr-ffi; memory segments are for memory only")
        .check(house);
  }

  @Test
  void bouncyCastleStaysInTheTunnel() {
    only("org.bouncycastle..", "dev.gatehouse.crypto..");
  }

  @Test
  void logbackStaysInTheLauncher() {
    only("ch.qos.logback..", "dev.gatehouse.launcher..");
  }

  @Test
  void picocliStaysInTheLauncher() {
    only("picocli..", "dev.gatehouse.launcher..");
  }

  @Test
  void sqliteStaysInTheStore() {
    only("org.sqlite..", "dev.gatehouse.store..");
    only("java.sql..", "dev.gatehouse.store..");
  }

  @Test
  void thePostgresDriverStaysInTheSharedStore() {
    only("org.postgresql..", "dev.gatehouse.store.postgres..");
  }

  private void only(String library, String room) {
    noClasses()
        .that(resideOutsideOfPackages(room))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(house);
  }

  @Test
  void coresArePure() {
    noClasses()
        .that()
        .resideInAPackage("dev.gatehouse..core..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                    "org.slf4j..",
                    "io.netty..",
                    "jnr..",
                    "java.nio.channels..",
                    "java.sql..",
                    "java.net.http..")
                .or(
                    resideInAPackage("io.vertx..")
                        .and(resideOutsideOfPackages("io.vertx.core.buffer", "io.vertx.core.json")))
                .or(
                    named(
                        "java.time.Clock",
                        "java.time.InstantSource",
                        "java.lang.Thread",
                        "java.lang.ThreadLocal",
                        "java.util.Timer",
                        "java.util.concurrent.Executor",
                        "java.util.concurrent.Executors",
                        "java.util.concurrent.ExecutorService",
                        "java.util.concurrent.ScheduledExecutorService",
                        "java.util.concurrent.CompletableFuture",
                        "java.util.concurrent.ThreadLocalRandom",
                        "java.security.SecureRandom",
                        "java.net.Socket",
                        "java.net.ServerSocket",
                        "java.net.DatagramSocket",
                        "java.net.DatagramPacket",
                        "java.net.NetworkInterface",
                        "java.io.File",
                        "java.io.FileInputStream",
                        "java.io.FileOutputStream",
                        "java.nio.file.Files")))
        .because("a core has no clock, socket, file, thread, randomness or log of its own")
        .check(house);
  }

  @Test
  void coresAreToldTheTime() {
    noClasses()
        .that()
        .resideInAPackage("dev.gatehouse..core..")
        .should()
        .callMethodWhere(
            calls("java.lang.System", Set.of("nanoTime", "currentTimeMillis"))
                .or(calls("java.time.Instant", Set.of("now")))
                .or(calls("java.time.LocalDateTime", Set.of("now")))
                .or(calls("java.time.ZonedDateTime", Set.of("now")))
                .or(calls("java.lang.Math", Set.of("random")))
                .or(calls("java.util.UUID", Set.of("randomUUID")))
                .or(calls("java.util.random.RandomGenerator", Set.of("of", "getDefault"))))
        .because("time and randomness are arguments of a core")
        .check(house);
  }

  @Test
  void onlyTheLaunchersMainEndsTheProcess() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("dev.gatehouse.launcher.Main")
        .should()
        .callMethodWhere(
            calls("java.lang.System", Set.of("exit"))
                .or(calls("java.lang.Runtime", Set.of("exit"))))
        .check(house);
  }

  @Test
  void onlyASecondSignalHaltsTheProcess() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("dev.gatehouse.launcher.cli.Signals")
        .should()
        .callMethodWhere(calls("java.lang.Runtime", Set.of("halt")))
        .check(house);
  }

  @Test
  void coresAreGivenTheirRandomness() {
    noClasses()
        .that()
        .resideInAPackage("dev.gatehouse..core..")
        .should()
        .callConstructor(Random.class)
        .orShould()
        .callConstructor(SplittableRandom.class)
        .because("a generator without a seed is randomness of its own")
        .check(house);
  }

  @Test
  void nobodyPrintsPastTheLogAndTheCommandLine() {
    noClasses()
        .that(resideOutsideOfPackages("dev.gatehouse.launcher..", "dev.gatehouse.testkit.."))
        .should()
        .accessFieldWhere(
            new DescribedPredicate<JavaFieldAccess>("System.out or System.err") {
              @Override
              public boolean test(JavaFieldAccess access) {
                return access.getTargetOwner().isEquivalentTo(System.class)
                    && Set.of("out", "err").contains(access.getTarget().getName());
              }
            })
        .check(house);
  }

  @Test
  void thereIsNoStaticMutableState() {
    fields()
        .that()
        .areStatic()
        .and()
        .areDeclaredInClassesThat()
        .resideInAPackage("dev.gatehouse..")
        .should()
        .beFinal()
        .because("several gateways live in one Java virtual machine")
        .check(house);
  }

  @Test
  void theStoreKnowsNothingOfConnections() {
    noClasses()
        .that()
        .resideInAPackage("dev.gatehouse.store..")
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(
            GatewayEvent.PeerEvent.class,
            GatewayEvent.PeerConnected.class,
            GatewayEvent.PeerDisconnected.class,
            GatewayEvent.PeerRoamed.class)
        .because("a lost connection never revokes an authorization")
        .check(house);
  }

  @Test
  void theStoreListensToNoEvents() {
    noClasses()
        .that()
        .resideInAPackage("dev.gatehouse.store..")
        .should()
        .callMethodWhere(
            calls("dev.gatehouse.api.event.Events", Set.of("subscribe"))
                .or(calls("io.vertx.core.eventbus.EventBus", Set.of("consumer", "localConsumer"))))
        .because("a lost connection never revokes an authorization")
        .check(house);
  }

  private static DescribedPredicate<JavaClass> named(String... names) {
    var wanted = Set.of(names);
    return DescribedPredicate.describe(
        "one of " + wanted, type -> wanted.contains(type.getFullName()));
  }

  private static DescribedPredicate<JavaMethodCall> calls(String owner, Set<String> methods) {
    return DescribedPredicate.describe(
        owner + "." + methods,
        call ->
            call.getTargetOwner().getFullName().equals(owner)
                && methods.contains(call.getTarget().getName()));
  }
}
