package dev.diffstream.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.cli.client.Connection;
import dev.diffstream.cli.client.GatewayClient;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.signature.KeyFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code standalone} with all its services, broker and store is killed by one {@code kill -9} at
 * random moments while task events arrive, its very first start too, and started again on the same
 * directory. In the end every event has exactly one outcome, and the same work gave the same bytes.
 *
 * <p>{@code kill.rounds} says how often, {@code kill.seed} chooses the moments and the events.
 */
class KillEverythingIT {
  private static final long FIRST_START_MILLIS = 12_000;
  private static final long MIN_LIFE_MILLIS = 8_000;
  private static final long MAX_LIFE_MILLIS = 30_000;

  /** Of how many restarts one is killed before it is done. */
  private static final int STARTS_OF_WHICH_ONE_IS_KILLED = 4;

  private static final Duration START_LIMIT = Duration.ofMinutes(8);
  private static final Duration SETTLE_LIMIT = Duration.ofMinutes(10);

  private final long seed = Long.getLong("kill.seed", System.nanoTime() & 0xffff_ffffL);
  private final int rounds = Integer.getInteger("kill.rounds", 1);
  private final Random random = new Random(seed);
  private final TaskSender sender = new TaskSender(new Random(random.nextLong()));
  private final ServedAnswers answers = new ServedAnswers();
  private final Path directory;
  private StoredObjects stored = StoredObjects.none();
  private StandaloneProcess standalone;
  private int starts;

  /** How long the last start took, and the undisturbed runs: a kill comes within such a time. */
  private long startMillis = FIRST_START_MILLIS;

  private long lifeMillis = MIN_LIFE_MILLIS;

  KillEverythingIT(@TempDir(cleanup = CleanupMode.ON_SUCCESS) Path directory) throws IOException {
    this.directory = directory;
    System.out.println("kill.seed=" + seed + " kill.rounds=" + rounds);
    standalone = start();
  }

  @AfterEach
  void stop() throws InterruptedException {
    standalone.close();
    sender.stop();
  }

  @Test
  void nothingIsLostOrDoneTwiceAndTheSameWorkGivesTheSameBytes() throws Exception {
    killWhileStarting();
    awaitRunning();
    undisturbed();
    for (int round = 1; round <= rounds; round++) {
      killAtARandomMoment(round);
      standalone = start();
      while (round > 1 && random.nextInt(STARTS_OF_WHICH_ONE_IS_KILLED) == 0) {
        killWhileStarting();
      }
      awaitRunning();
      answers.askAgain(gateway());
    }
    sender.sendUnacknowledged(connection());
    checkTheEnd();
  }

  /** One event of each kind that no kill meets: what the others are compared with. */
  private void undisturbed() {
    long began = System.nanoTime();
    try (ObjectStore store = connection().openStore()) {
      TaskKind.publishing().forEach(kind -> store.put(kind.dataKey(), kind.rows(), Map.of()));
    }
    TaskKind.publishing().forEach(kind -> sender.send(connection(), kind));
    awaitOutcomes();
    TaskKind.servedTasks().forEach(this::awaitAnswer);
    lifeMillis = Math.clamp(millisSince(began), MIN_LIFE_MILLIS, MAX_LIFE_MILLIS);
  }

  private static long millisSince(long nanoTime) {
    return (System.nanoTime() - nanoTime) / 1_000_000;
  }

  private void awaitAnswer(String task) {
    GatewayClient gateway = gateway();
    await("an answer of " + task, START_LIMIT, () -> gateway.ready(task));
    answers.ask(gateway, task);
  }

  private void killAtARandomMoment(int round) throws InterruptedException {
    Connection connection = connection();
    GatewayClient gateway = gateway();
    long life = random.nextLong(lifeMillis);
    sender.start(connection);
    long end = System.nanoTime() + life * 1_000_000L;
    while (System.nanoTime() < end) {
      answers.askAgain(gateway);
      LockSupport.parkNanos(Math.min(100_000_000L, Math.max(1, end - System.nanoTime())));
    }
    standalone.kill();
    sender.stop();
    checkStoredObjects();
    System.out.printf(
        "round %d: killed %d ms after it was running; %d events sent, %d versions in the bucket%n",
        round, life, sender.sent().size(), stored.versions());
  }

  private void killWhileStarting() throws IOException {
    long life = random.nextLong(startMillis);
    LockSupport.parkNanos(life * 1_000_000L);
    standalone.kill();
    checkStoredObjects();
    System.out.printf("killed %d ms after its start%n", life);
    standalone = start();
  }

  private void checkStoredObjects() {
    StoredObjects now = StoredObjects.read(directory.resolve("data/s3/diffstream"));
    now.checkAgainst(stored);
    stored = now;
  }

  private void checkTheEnd() {
    awaitOutcomes();
    try (ObjectStore store = connection().openStore();
        EventLog log = connection().openLog()) {
      Invariants invariants = invariants(store, log);
      Outcomes outcomes = new Outcomes(invariants, sender);
      await("every generation is announced", START_LIMIT, outcomes::announced);
      invariants.checkAll();
      outcomes.check(store);
      answers.askAgain(gateway());
      System.out.printf(
          "%d kills: %d events, %d versions, %d dead letters, %d runs interrupted, %d answers compared%n",
          starts - 1,
          sender.sent().size(),
          invariants.versions().size(),
          outcomes.deadLetters(),
          outcomes.interrupted(),
          answers.compared());
    }
    standalone.kill();
    checkStoredObjects();
    assertThat(answers.compared()).isPositive();
  }

  private void awaitOutcomes() {
    try (ObjectStore store = connection().openStore();
        EventLog log = connection().openLog()) {
      Outcomes outcomes = new Outcomes(invariants(store, log), sender);
      await("every event has its outcome", SETTLE_LIMIT, outcomes::complete);
    }
  }

  private Invariants invariants(ObjectStore store, EventLog log) {
    Path key = data().resolve("keys").resolve(KeyFiles.VERIFICATION_KEY);
    return new Invariants(store, log, KeyFiles.trustedKeys(List.of(key)));
  }

  private StandaloneProcess start() throws IOException {
    starts++;
    return StandaloneProcess.start(
        data(),
        directory.resolve("standalone-" + starts + ".log"),
        Map.of(
            "DIFFSTREAM_BASE",
            Stage.tinyBase().toString(),
            "DIFFSTREAM_WORKER_THREADS",
            "1",
            "DIFFSTREAM_WORKER_CHECKPOINT_INTERVAL",
            "500ms"));
  }

  private void awaitRunning() {
    long began = System.nanoTime();
    await("standalone is running", START_LIMIT, standalone::isRunning);
    startMillis = Math.max(1, millisSince(began));
  }

  private Path data() {
    return directory.resolve("data");
  }

  private Connection connection() {
    return Connection.of(data());
  }

  private GatewayClient gateway() {
    return new GatewayClient(connection().gatewayUrl());
  }

  private void await(String what, Duration limit, BooleanSupplier condition) {
    Polling.await(what, limit, condition, this::logs);
  }

  private String logs() {
    return "logs in " + data().resolve("logs") + "; standalone says: " + standalone.said();
  }
}
