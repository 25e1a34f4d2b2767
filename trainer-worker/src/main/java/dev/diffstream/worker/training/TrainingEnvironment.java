package dev.diffstream.worker.training;

import dev.diffstream.base.Base;
import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.service.ProgramVersion;
import dev.diffstream.worker.data.DataSetReader;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.run.Precedence;
import dev.diffstream.worker.run.RetryPolicy;
import dev.diffstream.worker.run.RunEnvironment;
import io.opentelemetry.api.OpenTelemetry;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the runs of one worker have in common.
 *
 * @param device of learning; one run at a time has it
 * @param checkpointInterval how often the state of a learning is kept
 * @param signingKey signs every diff; null: none is signed
 * @param trustedKeys of which registry and gateway want one to have signed; none: they do not check
 * @param maxDensity the registry refuses diffs that change a larger share of their base
 * @param precedence of provisionals, on a processor that they share with the runs
 * @param clock tells the times that stand in reports and events
 */
@RecordBuilder
public record TrainingEnvironment(
    String workerId,
    Base base,
    ComputeDevice device,
    ObjectStore store,
    EventLog log,
    DataSetReader dataSets,
    List<LearningMethod> methods,
    Duration checkpointInterval,
    @Nullable SigningKey signingKey,
    TrustedKeys trustedKeys,
    double maxDensity,
    RetryPolicy retry,
    OpenTelemetry telemetry,
    Precedence precedence,
    InstantSource clock) {
  /** What a run's state was written by: the modules that learning runs. */
  static final String PROGRAM =
      ProgramVersion.of(List.of(TrainingEnvironment.class, Base.class, Diff.class));

  public TrainingEnvironment {
    methods = List.copyOf(methods);
  }

  /** The same, over a copy of the base that nobody writes, on the processor. */
  public TrainingEnvironment overFrozen(Base copy) {
    return TrainingEnvironmentBuilder.builder(this).base(copy).device(ComputeDevice.cpu()).build();
  }

  /** What the handler of these runs needs. */
  RunEnvironment runEnvironment() {
    return new RunEnvironment(
        workerId, device.name(), PROGRAM, store, log, retry, telemetry, clock);
  }

  /** A builder of an environment that learns on the processor and signs nothing. */
  public static TrainingEnvironmentBuilder onProcessor() {
    return TrainingEnvironmentBuilder.builder()
        .device(ComputeDevice.cpu())
        .checkpointInterval(Duration.ofMinutes(5))
        .trustedKeys(TrustedKeys.NONE)
        .maxDensity(1)
        .telemetry(OpenTelemetry.noop())
        .precedence(new Precedence())
        .clock(InstantSource.system());
  }
}
