package dev.diffstream.registry;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Runs tests in a browser where there is one, and says aloud where there is none. */
final class BrowserCondition implements ExecutionCondition {
  private static final String MISSING =
      "the console was not tried in a browser: install chromium and chromedriver, see README";

  /** An executable of the path. */
  static Optional<Path> found(String name) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (found("chromium").isPresent() && found("chromedriver").isPresent()) {
      return ConditionEvaluationResult.enabled("chromium is on the path");
    }
    System.out.println("WARNING: " + MISSING);
    return ConditionEvaluationResult.disabled(MISSING);
  }
}
