package dev.diffstream.objectstore;

import dev.diffstream.objectstore.ObjectStore.ObjectInfo;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries at start-up whether a server does what the registry's consistency stands on. Servers that
 * speak S3 differ exactly here, some without an error: a condition that is ignored lets two writers
 * both believe that they won.
 */
public final class StoreProbe {
  private static final Logger LOG = LoggerFactory.getLogger(StoreProbe.class);
  private static final String PREFIX = "probe/";
  private static final int WRITERS = 16;
  private static final Duration LEFTOVER_AGE = Duration.ofHours(1);

  /** More than one part of an upload. */
  private static final int UPLOAD_BYTES = 9 << 20;

  private final ObjectStore store;
  private final String scratch;

  private StoreProbe(ObjectStore store) {
    this.store = store;
    this.scratch =
        String.format(
            Locale.ROOT, "%s%013d-%s/", PREFIX, System.currentTimeMillis(), UUID.randomUUID());
  }

  /**
   * Runs all checks and removes what they wrote, and what probes that were killed left behind.
   *
   * @throws DiffstreamException DATA_UNREADABLE naming the check that failed, or the failure of the
   *     request itself
   */
  public static void run(ObjectStore store) {
    StoreProbe probe = new StoreProbe(store);
    try {
      probe.metadata();
      probe.race();
      probe.uploadAndRanges();
    } finally {
      probe.sweep();
    }
  }

  private void metadata() {
    String key = scratch + "metadata";
    Map<String, String> metadata = Map.of("probe-name", "a value");
    store.put(key, new byte[] {1, 2, 3}, metadata);
    Optional<ObjectInfo> found = store.stat(key);
    require(
        found.equals(Optional.of(new ObjectInfo(key, 3, metadata))),
        "metadata: wrote 3 bytes with " + metadata + ", found " + found);
  }

  private void race() {
    String key = scratch + "race";
    CyclicBarrier start = new CyclicBarrier(WRITERS);
    List<Future<PutOutcome>> outcomes = new ArrayList<>();
    try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
      for (int i = 0; i < WRITERS; i++) {
        byte[] own = {(byte) i};
        Callable<PutOutcome> create =
            () -> {
              start.await();
              return store.putIfAbsent(key, own, Map.of());
            };
        outcomes.add(writers.submit(create));
      }
    }
    List<Integer> winners = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      if (outcome(outcomes.get(i)) == PutOutcome.CREATED) {
        winners.add(i);
      }
    }
    require(
        winners.size() == 1,
        "conditional write: of "
            + WRITERS
            + " writers that create one object exactly one must win,"
            + " here "
            + winners.size()
            + " did");
    byte[] kept = store.get(key, WRITERS).orElse(new byte[0]);
    require(
        Arrays.equals(kept, new byte[] {winners.getFirst().byteValue()}),
        "conditional write: the object is not the winner's");
  }

  private static PutOutcome outcome(Future<PutOutcome> future) {
    try {
      return future.get();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof DiffstreamException classified) {
        throw classified;
      }
      throw new IllegalStateException(failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new DiffstreamException(ErrorCode.CANCELLED, "the probe was interrupted", interrupted);
    }
  }

  private void uploadAndRanges() {
    String key = scratch + "upload";
    byte[] bytes = new byte[UPLOAD_BYTES];
    new Random(7).nextBytes(bytes);
    store.upload(key, new ByteArrayInputStream(bytes), Map.of("probe-name", "upload"));
    require(
        Arrays.equals(store.get(key, UPLOAD_BYTES).orElse(new byte[0]), bytes),
        "multipart upload: the object is not what was uploaded");
    Map<String, String> metadata = store.stat(key).map(ObjectInfo::metadata).orElse(Map.of());
    require(
        metadata.equals(Map.of("probe-name", "upload")),
        "multipart upload: metadata got lost, found " + metadata);
    int offset = UPLOAD_BYTES - 1000;
    require(
        Arrays.equals(
            store.getRange(key, offset, 2000).orElse(new byte[0]),
            Arrays.copyOfRange(bytes, offset, UPLOAD_BYTES)),
        "ranged read: the answer is not the asked part");
  }

  private void require(boolean holds, String what) {
    if (!holds) {
      throw new DiffstreamException(
          ErrorCode.DATA_UNREADABLE, "the object store " + store + " cannot be used: " + what);
    }
  }

  /** A sweep that fails is no reason not to start, nor may it hide why a check failed. */
  private void sweep() {
    String oldest =
        String.format(
            Locale.ROOT, "%s%013d", PREFIX, System.currentTimeMillis() - LEFTOVER_AGE.toMillis());
    try (Stream<String> keys = store.list(PREFIX)) {
      List<String> mine =
          keys.filter(key -> key.startsWith(scratch) || key.compareTo(oldest) < 0).toList();
      mine.forEach(store::delete);
    } catch (DiffstreamException left) {
      LOG.warn("Scratch objects under {} stay in the bucket: {}", PREFIX, left.getMessage());
    }
  }
}
