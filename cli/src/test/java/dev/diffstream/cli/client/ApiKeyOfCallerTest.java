package dev.diffstream.cli.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.access.ApiKeySecret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiKeyOfCallerTest {
  private final String secret = ApiKeySecret.create(new SecureRandom()).text();

  @Test
  void theEnvironmentHasItOrNamesAFile(@TempDir Path directory) throws Exception {
    assertThat(ApiKeyOfCaller.find(Map.of())).isEmpty();
    assertThat(ApiKeyOfCaller.find(Map.of("DIFFSTREAM_API_KEY", secret))).hasValue(secret);
    Path file = Files.writeString(directory.resolve("key"), secret + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Map<String, String> named = Map.of("DIFFSTREAM_API_KEY_FILE", file.toString());
    assertThat(ApiKeyOfCaller.find(named)).hasValue(secret);
    for (String others : new String[] {"rw-r-----", "rw----r--", "rw--w----"}) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(others));
      assertThatThrownBy(() -> ApiKeyOfCaller.find(named))
          .hasMessageContaining("others may read or change")
          .hasMessageContaining(file.toString());
    }
  }

  @Test
  void whatIsNoKeyIsNotRepeated(@TempDir Path directory) throws Exception {
    String typed = secret + "1";
    assertThatThrownBy(() -> ApiKeyOfCaller.find(Map.of("DIFFSTREAM_API_KEY", typed)))
        .hasMessageContaining("DIFFSTREAM_API_KEY: expected an API key")
        .hasMessageNotContaining(typed);
    assertThatThrownBy(
            () ->
                ApiKeyOfCaller.find(
                    Map.of("DIFFSTREAM_API_KEY_FILE", directory.resolve("none").toString())))
        .hasMessageContaining("DIFFSTREAM_API_KEY_FILE");
  }
}
