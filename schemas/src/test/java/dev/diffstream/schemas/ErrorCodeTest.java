package dev.diffstream.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ErrorCodeTest {
  @Test
  void everyCodeStandsInTheListForPeople() throws IOException {
    assertThat(
            Files.readAllLines(Path.of("../docs/error-codes.md")).stream()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.replaceAll("^(\\| `\\w+` \\| \\d+ \\| \\w+ \\|).*", "$1")))
        .containsExactlyElementsOf(Arrays.stream(ErrorCode.values()).map(this::row).toList());
  }

  private String row(ErrorCode code) {
    return "| `%s` | %d | %s |".formatted(code, code.httpStatus(), code.retryable() ? "yes" : "no");
  }
}
