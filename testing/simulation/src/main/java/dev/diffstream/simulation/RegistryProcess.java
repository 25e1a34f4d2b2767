package dev.diffstream.simulation;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.Registrar;
import dev.diffstream.registry.RegistrySettings;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.registry.telemetry.RegistrySpans;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.signature.TrustedKeys;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A registry: the product's registrar, stepped. */
final class RegistryProcess implements SimulatedProcess {
  private final String name;
  private final ObjectStore store;
  private final EventLog log;
  private final Scheduler scheduler;
  private final SimulatedClock clock;
  private @Nullable Registrar registrar;
  private boolean recovered;

  RegistryProcess(
      String name, ObjectStore store, EventLog log, Scheduler scheduler, SimulatedClock clock) {
    this.name = name;
    this.store = store;
    this.log = log;
    this.scheduler = scheduler;
    this.clock = clock;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void step() {
    try {
      Registrar running = registrar == null ? connect() : registrar;
      registrar = running;
      if (recovered) {
        running.step(Duration.ZERO);
      } else {
        recovered = running.recover(Duration.ZERO);
      }
    } catch (DiffstreamException e) {
      scheduler.note("will try again: " + e.code());
    }
  }

  private Registrar connect() {
    return new Registrar(
        store,
        log,
        new RegistrySettings(name, "127.0.0.1", 0, 1 << 20, 0.1, TrustedKeys.NONE),
        new RegistryCounters(),
        new RegistrySpans(OpenTelemetry.noop()),
        clock);
  }

  @Override
  public void crash() {
    registrar = null;
    recovered = false;
  }

  /** What is set aside for good needs a person. */
  @Override
  public boolean isIdle() {
    return recovered
        && registrar != null
        && registrar.quarantine().entries(1_000).stream().allMatch(e -> e.nextTry() == null);
  }
}
