package dev.diffstream.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.gateway.announcement.ServedTimes;
import dev.diffstream.gateway.cache.DiffCache;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.certificate.CertificateCounts;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.ref.WeakReference;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class ResidencyMetersTest {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @Test
  @Timeout(60)
  void readinessIsStillSeenAfterACollection() {
    AtomicBoolean ready = new AtomicBoolean(true);
    ResidencyMeters.bind(
        meters,
        () -> ServingCatalog.EMPTY,
        ready::get,
        DiffCache.NONE,
        new ServedTimes(InstantSource.system()));
    WeakReference<Object> collected = new WeakReference<>(new Object());
    while (collected.get() != null) { // the test's timeout ends it
      System.gc();
    }
    assertThat(meters.get("diffstream.gateway.ready").gauge().value()).isEqualTo(1);
    ready.set(false);
    assertThat(meters.get("diffstream.gateway.ready").gauge().value()).isZero();
  }

  @Test
  void whatCertificatesFindIsCounted() {
    CertificateCounts counts = new CertificateCounts();
    ResidencyMeters.bind(meters, counts);
    counts.certificates().increment();
    counts.tasks().add(32);
    counts.different().add(2);
    assertThat(meters.get("diffstream.gateway.certificates").functionCounter().count())
        .isEqualTo(1);
    assertThat(meters.get("diffstream.gateway.certificates.tasks").functionCounter().count())
        .isEqualTo(32);
    assertThat(meters.get("diffstream.gateway.certificates.differences").functionCounter().count())
        .isEqualTo(2);
  }
}
