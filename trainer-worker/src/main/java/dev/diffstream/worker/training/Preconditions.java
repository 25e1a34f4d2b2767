package dev.diffstream.worker.training;

import dev.diffstream.base.Base;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.signature.SigningKey;
import java.util.Locale;

/** Refuses before training what would be refused after it. */
final class Preconditions {
  private final TrainingEnvironment environment;

  Preconditions(TrainingEnvironment environment) {
    this.environment = environment;
  }

  /**
   * @throws DiffstreamException BASE_UNKNOWN, INVALID_EVENT, DENSITY_EXCEEDED or SIGNATURE_INVALID
   */
  void check(TaskSubmitted task) {
    checkBase(task);
    PairEncodings.check(task, environment.base());
    checkDensity(task);
    checkSigningKey();
  }

  private void checkBase(TaskSubmitted task) {
    String requested = task.base();
    Base base = environment.base();
    if (requested != null
        && !requested.equalsIgnoreCase(base.name())
        && !requested.equals(base.digest())) {
      throw new DiffstreamException(
          ErrorCode.BASE_UNKNOWN,
          "task "
              + task.taskId()
              + " asks for base "
              + requested
              + ", this deployment has "
              + base.name()
              + " ("
              + base.digest()
              + ")");
    }
  }

  private void checkDensity(TaskSubmitted task) {
    double density = task.densityOrAuto().orElse(0);
    if (density > environment.maxDensity()) {
      throw new DiffstreamException(
          ErrorCode.DENSITY_EXCEEDED,
          String.format(
              Locale.ROOT,
              "task %s asks for density %s, the registry accepts at most %s (diffstream.registry.max-density-percent)",
              task.taskId(),
              density,
              environment.maxDensity()));
    }
  }

  private void checkSigningKey() {
    SigningKey key = environment.signingKey();
    if (environment.trustedKeys().keys().isEmpty()
        || key != null && environment.trustedKeys().keys().contains(key.verificationKey())) {
      return;
    }
    throw new DiffstreamException(
        ErrorCode.SIGNATURE_INVALID,
        "diffs of this deployment must be signed by one of the keys %s, but %s; set diffstream.worker.signing-key to the private key of one of them"
            .formatted(
                environment.trustedKeys().keys(),
                key == null
                    ? "this worker has no signing key"
                    : "this worker signs with " + key.verificationKey()));
  }
}
