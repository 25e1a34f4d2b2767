package dev.diffstream.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class BaseChoiceTest {
  private static final Function<String, Optional<InputStream>> BUCKET =
      key ->
          Optional.ofNullable(
              BaseChoiceTest.class.getResourceAsStream(
                  "/" + key.replace("models/tiny/", "bert/gelu/")));

  @Test
  void aBucketPrefixAndADirectoryGiveTheSameBase() throws Exception {
    Path directory =
        Path.of(
            java.util.Objects.requireNonNull(BaseChoiceTest.class.getResource("/bert/gelu"))
                .toURI());
    try (Base fromBucket = BaseChoice.load("s3://diffstream/models/tiny", "diffstream", BUCKET);
        Base fromDirectory = BaseChoice.load(directory.toString(), "diffstream", BUCKET)) {
      assertThat(fromBucket.digest()).isEqualTo(fromDirectory.digest());
      assertThat(fromBucket.name()).isEqualTo("tiny");
    }
  }

  @Test
  void whatIsNoBaseIsNamed() {
    assertThatThrownBy(() -> BaseChoice.load("s3://other/models/tiny", "diffstream", BUCKET))
        .hasMessageContaining("BASE_UNKNOWN")
        .hasMessageContaining("s3://diffstream/");
    assertThatThrownBy(() -> BaseChoice.load("s3://diffstream/nothing", "diffstream", BUCKET))
        .hasMessageContaining("BASE_UNKNOWN")
        .hasMessageContaining("config.json");
  }
}
