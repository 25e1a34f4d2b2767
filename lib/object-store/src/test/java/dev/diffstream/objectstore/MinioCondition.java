package dev.diffstream.objectstore;

import dev.diffstream.embedded.MinioProcess;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips, and says so once, where no real MinIO server is at hand. */
final class MinioCondition implements ExecutionCondition {
  private static final String SKIPPED =
      "real MinIO suites did not run: set MINIO_BINARY to a minio server, see README";
  private static final AtomicBoolean SAID = new AtomicBoolean();

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (MinioProcess.binary().isPresent()) {
      return ConditionEvaluationResult.enabled("MINIO_BINARY is set");
    }
    if (SAID.compareAndSet(false, true)) {
      System.out.println(SKIPPED);
    }
    return ConditionEvaluationResult.disabled(SKIPPED);
  }
}
