package dev.diffstream.gateway.face;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.RoutingKey;
import dev.diffstream.gateway.catalog.ServedAs;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.catalog.VersionHealth;
import dev.diffstream.gateway.confidence.Confidences;
import dev.diffstream.gateway.inference.InferenceThread;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.gateway.prediction.PredictRequest;
import dev.diffstream.gateway.telemetry.GatewaySpans;
import dev.diffstream.gateway.telemetry.Protocol;
import dev.diffstream.gateway.telemetry.RequestMeters;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.event.GatewayResidency.Window;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.service.Quarantine;
import dev.diffstream.service.access.Principal;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Answers of champions are counted, whoever asked. */
final class ConfidenceOfAnswersTest {
  private final TinyModel model = new TinyModel();
  private final InferenceThread inference = new InferenceThread(model, 16);
  private final Confidences confidences = new Confidences(() -> Instant.EPOCH);
  private ServingCatalog catalog = ServingCatalog.EMPTY;

  @AfterEach
  void close() {
    inference.close();
  }

  private void serve(String task, Objective objective) {
    PreparedDiff diff = model.prepare(DiffReader.read(TinyModel.diff(task, objective, 0, 0)));
    catalog =
        catalog.withOnly(
            new ResidentDiff(task, 1, 1, "digest", 1, diff, Map.of(), ServedAs.CHAMPION));
    confidences.serves(task, "digest");
  }

  private GatewayView view() {
    return new GatewayView(
        () -> catalog,
        () -> new Quarantine(() -> Instant.EPOCH, Duration.ZERO, Duration.ZERO),
        new VersionHealth(1, () -> Instant.EPOCH),
        confidences,
        () -> true,
        () -> false,
        new RequestLimits(1_000, 1 << 20),
        new ServedBases(List.of(ServedBase.of(model, inference))),
        task -> null);
  }

  @Test
  void eachLabelThatIsAnsweredCountsAndNoOtherAnswer() {
    serve("reviews", Objective.CLASSIFICATION);
    serve("stars", Objective.REGRESSION);
    serve("tags", Objective.MULTI_LABEL);
    inference.start();
    PredictHandler handler =
        new PredictHandler(
            view(),
            new RequestMeters(() -> catalog, 10, new SimpleMeterRegistry()),
            new GatewaySpans(OpenTelemetry.noop()));
    Caller caller =
        new Caller(
            Protocol.HTTP,
            Principal.unrestricted(new ActorName("ada")),
            Map.of(),
            RoutingKey.NONE,
            Duration.ZERO);
    String texts = String.join(",", Collections.nCopies(250, "\"good\""));
    byte[] body = "{\"texts\":[%s]}".formatted(texts).getBytes(UTF_8);
    for (String task : catalog.resident().keySet()) {
      for (int i = 0; i < 3; i++) {
        handler
            .ofTask(
                task,
                caller,
                diff -> PredictRequest.ofTask(body, 1_000),
                (diff, request, outcomes) -> outcomes.size())
            .join();
      }
    }
    List<Confidences.Told> told = confidences.changed();
    assertThat(told).extracting(Confidences.Told::task).containsExactly("reviews");
    Window reference = told.getFirst().confidence().reference();
    assertThat(reference.answers()).isEqualTo(500);
    assertThat(reference.mean()).isBetween(0.5, 1.0);
    assertThat(told.getFirst().confidence().latest().answers()).isEqualTo(250);
  }
}
