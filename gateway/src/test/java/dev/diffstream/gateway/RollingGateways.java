package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.base.mixed.KernelPass;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.gateway.model.TextModel;
import dev.diffstream.gateway.model.TinyBertDiffs;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.GatewayResidency;
import io.opentelemetry.api.OpenTelemetry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Gateways over a tiny BERT that are restarted one after the other, and a balancer that sends
 * nobody to one that is not ready.
 */
final class RollingGateways implements AutoCloseable {
  private static final Duration DRAIN = Duration.ofMillis(400);
  private static final Duration LOOK = Duration.ofMillis(20);

  private final InMemoryBackends backends;
  private final List<Slot> slots = new ArrayList<>();
  private final HttpClient client = HttpClient.newHttpClient();
  private final AtomicInteger restarts = new AtomicInteger();
  private final String baseDigest;
  private final Thread balancer = Thread.ofPlatform().unstarted(this::balance);
  private volatile boolean closed;

  /** The place of one gateway, whatever process stands in it. */
  final class Slot {
    private final int number;
    private int starts;
    private volatile String id = "";
    private volatile boolean inRotation;
    private volatile int port;
    private @Nullable GatewayServer server;
    private @Nullable TextModel model;

    /** By task: the newest generation that the process in this place has said to serve. */
    private volatile Map<String, Long> served = new ConcurrentHashMap<>();

    Slot(int number) {
      this.number = number;
    }

    int port() {
      return port;
    }

    long served(String task) {
      return served.getOrDefault(task, 0L);
    }

    private void start() {
      Base base = TinyBertDiffs.base();
      TextModel fresh = new TextModel(base, new KernelPass(base, 1), 64);
      served = new ConcurrentHashMap<>();
      starts++;
      id = "gateway-" + number + "-" + starts;
      GatewaySettings settings = InMemoryBackends.settings();
      GatewayServer started =
          GatewayServer.start(
              new GatewaySettings(
                  id,
                  settings.bases(),
                  new GatewaySettings.Listening(
                      "127.0.0.1",
                      0,
                      GatewaySettings.NOT_SERVED,
                      GatewaySettings.NOT_SERVED,
                      false,
                      DRAIN),
                  new GatewaySettings.Limits(4, 100_000, 1_000, 1 << 24),
                  settings.metricTasks(),
                  settings.diffs(),
                  settings.computing(),
                  settings.residency()),
              fresh,
              backends.store,
              backends.log,
              OpenTelemetry.noop());
      model = fresh;
      server = started;
      port = started.port();
    }

    private void stop() {
      if (server != null) {
        server.close();
        Objects.requireNonNull(model).close();
        server = null;
      }
    }
  }

  RollingGateways(InMemoryBackends backends, int count) {
    this.backends = backends;
    for (int i = 0; i < count; i++) {
      slots.add(new Slot(i));
    }
    try (Base base = TinyBertDiffs.base()) {
      baseDigest = base.digest();
    }
  }

  String baseDigest() {
    return baseDigest;
  }

  int restarts() {
    return restarts.get();
  }

  void startAll() throws InterruptedException {
    slots.forEach(Slot::start);
    balancer.start();
    slots.forEach(RollingGateways::awaitInRotation);
  }

  /** Stops a gateway as a rolling restart does, and starts another in its place. */
  void restart(int number) {
    Slot slot = slots.get(number);
    slot.stop();
    slot.start();
    awaitInRotation(slot);
    restarts.incrementAndGet();
  }

  private static void awaitInRotation(Slot slot) {
    long end = System.nanoTime() + TinyGateway.TIMEOUT.toNanos();
    while (!slot.inRotation) {
      assertThat(System.nanoTime()).as("%s is not ready", slot.id).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  /** One of those that are ready; there always is one. */
  Slot inRotation(Random random) {
    int first = random.nextInt(slots.size());
    while (true) {
      for (int i = 0; i < slots.size(); i++) {
        Slot slot = slots.get((first + i) % slots.size());
        if (slot.inRotation) {
          return slot;
        }
      }
      Thread.onSpinWait();
    }
  }

  /** Waits until every gateway in rotation serves this generation, or leaves. */
  void awaitServed(String task, long generation) {
    long end = System.nanoTime() + TinyGateway.TIMEOUT.toNanos();
    for (Slot slot : slots) {
      while (slot.inRotation && slot.served(task) < generation) {
        assertThat(System.nanoTime())
            .as("%s does not serve generation %d of %s", slot.id, generation, task)
            .isLessThan(end);
        Thread.onSpinWait();
      }
    }
  }

  /** Looks at readiness and residency. */
  private void balance() {
    try (EventLog.Follower residency = backends.log.follow(Topics.RESIDENCY)) {
      while (!closed) {
        residency.poll(LOOK).forEach(this::onResidency);
        for (Slot slot : slots) {
          boolean ready = isReady(slot.port);
          if (ready && !slot.inRotation) {
            residency.poll(Duration.ZERO).forEach(this::onResidency);
          }
          slot.inRotation = ready;
        }
      }
    }
  }

  private void onResidency(EventLog.Received record) {
    if (EventCodec.decode(record.headers(), record.value()).data() instanceof GatewayResidency word
        && word.state() == GatewayResidency.State.LOADED) {
      for (Slot slot : slots) {
        if (slot.id.equals(word.gatewayId())) {
          slot.served.merge(word.taskId(), word.generation(), Math::max);
        }
      }
    }
  }

  private boolean isReady(int port) {
    try {
      URI uri = URI.create("http://127.0.0.1:" + port + "/v2/health/ready");
      HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build();
      return client.send(request, BodyHandlers.discarding()).statusCode() == 200;
    } catch (Exception e) {
      return false; // it is not there
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      balancer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    slots.forEach(Slot::stop);
    client.close();
  }
}
