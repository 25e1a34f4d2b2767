package dev.diffstream.cli.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.signature.KeyFiles;
import dev.diffstream.settings.SignatureSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SigningKeysTest {
  private final List<String> said = new ArrayList<>();

  @Test
  void thePairIsMadeOnceAndKept(@TempDir Path directory) throws IOException {
    Map<String, String> first = SigningKeys.of(directory, said::add);
    String key = Files.readString(signingKey(first));
    Files.createDirectories(directory.resolve("s3"));
    assertThat(SigningKeys.of(directory, said::add)).isEqualTo(first);
    assertThat(Files.readString(signingKey(first))).isEqualTo(key);
    assertThat(said).isEmpty();
  }

  /** What a start that was killed in the middle may have left. */
  @ParameterizedTest
  @ValueSource(strings = {"", KeyFiles.VERIFICATION_KEY, KeyFiles.SIGNING_KEY})
  void aStartThatWasKilledMeanwhileIsNoObstacle(String written, @TempDir Path directory)
      throws IOException {
    Path unfinished = Files.createDirectories(directory.resolve("keys.new"));
    if (!written.isEmpty()) {
      Files.writeString(unfinished.resolve(written), "");
    }
    Path signing = signingKey(SigningKeys.of(directory, said::add));
    assertThat(KeyFiles.signingKey(signing).verificationKey().id()).isNotEmpty();
    assertThat(unfinished).doesNotExist();
  }

  @Test
  void aDirectoryThatWasBegunWithoutKeysStaysUnsigned(@TempDir Path directory) throws IOException {
    Files.createDirectories(directory.resolve("s3"));
    assertThat(SigningKeys.of(directory, said::add)).isEmpty();
    assertThat(said).singleElement().asString().contains("are not signed");
  }

  private static Path signingKey(Map<String, String> settings) {
    return Path.of(Objects.requireNonNull(settings.get(SignatureSettings.SIGNING_KEY)));
  }
}
