package dev.diffstream.gateway.announcement;

import dev.diffstream.gateway.InMemoryBackends;
import dev.diffstream.gateway.cache.DiffCache;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.catalog.VersionHealth;
import dev.diffstream.gateway.certificate.CertificateCounts;
import dev.diffstream.gateway.certificate.CertificateLane;
import dev.diffstream.gateway.certificate.ProbeBits;
import dev.diffstream.gateway.confidence.Confidences;
import dev.diffstream.gateway.inference.InferenceThread;
import dev.diffstream.gateway.inference.ModelPreparer;
import dev.diffstream.gateway.memory.DiffMemory;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.gateway.residency.ResidencySender;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.signature.TrustedKeys;
import io.opentelemetry.api.OpenTelemetry;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

/**
 * Followers over the small model that load when the test says so, a store that can be away, and
 * self-tests that can be made to fail.
 */
final class LoadingGateway implements AutoCloseable {
  static final String BASE = TinyModel.BASE;

  final InMemoryBackends backends = new InMemoryBackends();
  final TinyModel model = new TinyModel();
  final Queue<Runnable> loads = new ArrayDeque<>();
  final Queue<Runnable> certifying = new ArrayDeque<>();
  final Set<String> failing = new HashSet<>();
  private final InferenceThread inference = new InferenceThread(model, 16);
  DiffCache cache = DiffCache.NONE;
  DiffMemory memory = DiffMemory.UNBOUNDED;
  TrustedKeys trustedKeys = TrustedKeys.NONE;
  String fingerprint = "build 1";
  long previousBytes = 1 << 20;
  final VersionHealth health = new VersionHealth(0.05, () -> now());
  final Confidences confidences = new Confidences(() -> now());
  final CertificateCounts counts = new CertificateCounts();
  boolean storeIsAway;
  int selfTests;
  Instant now = Instant.EPOCH;

  LoadingGateway() {
    inference.start();
  }

  /** A process of its own. */
  AnnouncementFollower start() {
    loads.clear();
    DiffLoader loader =
        new DiffLoader(store(), cache, List.of(preparer()), 1 << 24, trustedKeys, memory);
    ResidencySender sender = new ResidencySender(backends.log, "gateway-1", "i-1", () -> now);
    certifying.clear();
    Loading loading =
        new Loading(
            loads::add,
            previousBytes,
            new ServedTimes(() -> now),
            health,
            confidences,
            new CertificateLane(certifying::add, counts));
    return new AnnouncementFollower(
        backends.log, loader, sender, OpenTelemetry.noop(), () -> now, loading);
  }

  /** Lets everything happen that is to happen now. */
  ServingCatalog settle(AnnouncementFollower follower) {
    do {
      follower.step(Duration.ZERO);
      runLoads();
      follower.step(Duration.ZERO);
    } while (!loads.isEmpty());
    return follower.catalog();
  }

  void runLoads() {
    for (Runnable load = loads.poll(); load != null; load = loads.poll()) {
      load.run();
    }
  }

  private Instant now() {
    return now;
  }

  void pause(Duration pause) {
    now = now.plus(pause);
  }

  static byte[] diff(String task, float bias) {
    return TinyModel.diff(task, Objective.CLASSIFICATION, bias, 0);
  }

  /** Version and generation {@code number} is the champion, the one before it the previous one. */
  String announce(String task, long number) {
    if (number > 1) {
      return announce(task, number, number, target(task, number - 1));
    }
    return backends.announce(task, number, BASE, diff(task, number));
  }

  /** Generation {@code generation} names {@code champion} and {@code previous}. */
  String announce(String task, long generation, long champion, AliasTarget previous) {
    byte[] diff = diff(task, champion);
    backends.store.put(ObjectKeys.diff(Sha256.of(diff)), diff, Map.of());
    backends.announce(
        task, generation, Map.of("champion", target(task, champion), "previous", previous));
    return Sha256.of(diff);
  }

  static AliasTarget target(String task, long version) {
    return new AliasTarget(version, Sha256.of(diff(task, version)), BASE);
  }

  private DiffPreparer preparer() {
    ModelPreparer preparer = new ModelPreparer(model, inference);
    return new DiffPreparer() {
      @Override
      public String baseDigest() {
        return preparer.baseDigest();
      }

      @Override
      public String fingerprint() {
        return fingerprint;
      }

      @Override
      public UntestedDiff prepare(String digest, byte[] bytes) {
        UntestedDiff untested = preparer.prepare(digest, bytes);
        return new UntestedDiff(untested.prepared(), () -> test(digest, untested));
      }

      @Override
      public ProbeBits replay(PreparedDiff prepared) {
        return preparer.replay(prepared);
      }
    };
  }

  private void test(String digest, DiffPreparer.UntestedDiff untested) {
    selfTests++;
    if (failing.contains(digest)) {
      throw new DiffstreamException(ErrorCode.SELF_TEST_FAILED, "as the test wants");
    }
    untested.selfTest().run();
  }

  private ObjectStore store() {
    return (ObjectStore)
        Proxy.newProxyInstance(
            ObjectStore.class.getClassLoader(),
            new Class<?>[] {ObjectStore.class},
            (proxy, method, arguments) -> {
              if (storeIsAway) {
                throw new DiffstreamException(ErrorCode.OVERLOADED, "the store is away");
              }
              return method.invoke(backends.store, arguments);
            });
  }

  static boolean isFreed(PreparedDiff prepared) {
    if (prepared.retain()) {
      prepared.release();
      return false;
    }
    return true;
  }

  @Override
  public void close() {
    inference.close();
  }
}
