package dev.diffstream.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.model.InferenceThread;
import dev.diffstream.gateway.model.TinyModel;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class RequestMetersTest {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @Test
  @Timeout(60)
  void readinessIsStillSeenAfterACollection() {
    try (InferenceThread inference = new InferenceThread(new TinyModel(), 1)) {
      AtomicBoolean ready = new AtomicBoolean(true);
      RequestMeters kept =
          new RequestMeters(() -> ServingCatalog.EMPTY, inference, ready::get, meters);
      WeakReference<Object> collected = new WeakReference<>(new Object());
      while (collected.get() != null) { // the test's timeout ends it
        System.gc();
      }
      assertThat(meters.get("diffstream.gateway.ready").gauge().value()).isEqualTo(1);
      ready.set(false);
      assertThat(meters.get("diffstream.gateway.ready").gauge().value()).isZero();
      kept.answered("t", Protocol.HTTP, null, 1);
    }
  }
}
