package dev.diffstream.gateway.grpc;

import inference.GRPCInferenceServiceGrpc;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc.HealthImplBase;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The standard health service {@code grpc.health.v1.Health}: SERVING, for the whole server and for
 * the inference service, while the gateway is ready. Who checks sees how it is now; who watches is
 * told within a second. The library's own holds streams of watchers open when the server stops.
 */
final class ReadinessService extends HealthImplBase implements AutoCloseable {
  private static final Set<String> SERVICES = Set.of("", GRPCInferenceServiceGrpc.SERVICE_NAME);

  private final BooleanSupplier ready;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("grpc-health").factory());

  /** Watchers, and whether the service that they watch is known; guarded by this. */
  private final Map<StreamObserver<HealthCheckResponse>, Boolean> watchers = new HashMap<>();

  private ServingStatus told = ServingStatus.NOT_SERVING; // to watchers; by this
  private boolean closed; // by this

  ReadinessService(BooleanSupplier ready) {
    this.ready = ready;
    clock.scheduleWithFixedDelay(this::tellWatchers, 1, 1, TimeUnit.SECONDS);
  }

  @Override
  public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> answer) {
    if (!SERVICES.contains(request.getService())) {
      answer.onError(
          Status.NOT_FOUND
              .withDescription("services are " + SERVICES + ", got: " + request.getService())
              .asRuntimeException());
      return;
    }
    answer.onNext(response(status()));
    answer.onCompleted();
  }

  /** As the health service specifies, an unknown service is told so and watched. */
  @Override
  public synchronized void watch(
      HealthCheckRequest request, StreamObserver<HealthCheckResponse> watcher) {
    tellWatchers();
    ((ServerCallStreamObserver<HealthCheckResponse>) watcher)
        .setOnCancelHandler(() -> forget(watcher));
    boolean known = SERVICES.contains(request.getService());
    watcher.onNext(response(known ? told : ServingStatus.SERVICE_UNKNOWN));
    if (closed) {
      watcher.onCompleted();
    } else {
      watchers.put(watcher, known);
    }
  }

  private synchronized void forget(StreamObserver<HealthCheckResponse> watcher) {
    watchers.remove(watcher);
  }

  private synchronized void tellWatchers() {
    ServingStatus now = status();
    if (now != told) {
      told = now;
      watchers.forEach(
          (watcher, known) -> {
            if (known) {
              watcher.onNext(response(now));
            }
          });
    }
  }

  private synchronized ServingStatus status() {
    return !closed && ready.getAsBoolean() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }

  private static HealthCheckResponse response(ServingStatus status) {
    return HealthCheckResponse.newBuilder().setStatus(status).build();
  }

  /** NOT_SERVING from now on, and nobody is told more. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      clock.shutdownNow();
      tellWatchers();
      watchers.keySet().forEach(StreamObserver::onCompleted);
      watchers.clear();
    }
  }
}
