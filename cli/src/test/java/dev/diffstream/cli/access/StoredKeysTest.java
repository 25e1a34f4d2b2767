package dev.diffstream.cli.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.cli.Main;
import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.access.ApiKey;
import dev.diffstream.schemas.access.ApiKeyRevocation;
import dev.diffstream.schemas.access.ApiKeySecret;
import dev.diffstream.schemas.json.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class StoredKeysTest {
  private final StringWriter err = new StringWriter();
  private final StringWriter out = new StringWriter();
  private final CommandLine commandLine =
      Main.commandLine().setErr(new PrintWriter(err)).setOut(new PrintWriter(out));

  private ApiKey create(String... more) {
    String[] arguments = new String[more.length + 3];
    arguments[0] = "api-keys";
    arguments[1] = "create";
    arguments[2] = "--record";
    System.arraycopy(more, 0, arguments, 3, more.length);
    assertThat(commandLine.execute(arguments)).as(err.toString()).isZero();
    String record = err.toString().lines().findFirst().orElseThrow();
    return Json.read(record.getBytes(StandardCharsets.UTF_8), ApiKey.class, "the record");
  }

  @Test
  void theSecretIsShownOnceAndItsHashKept() {
    ApiKey key =
        create("--name", "ada", "--role", "read,submit", "--tenant", "shop", "--days", "9");
    String secret = out.toString().strip();
    assertThat(ApiKeySecret.isValid(secret)).isTrue();
    assertThat(key.digest()).isEqualTo(ApiKeySecret.digest(secret));
    assertThat(key.roles()).containsExactly("read", "submit");
    assertThat(key.tenant()).isEqualTo("shop");
    assertThat(key.expires()).isEqualTo(key.created().plusSeconds(9 * 86_400));
    assertThat(err.toString()).doesNotContain(secret);
    assertThat(KeyText.of(key)).contains(key.id()).doesNotContain(key.digest());
  }

  @Test
  void whatIsNoSuchKeyIsRefused() {
    for (String[] wrong :
        new String[][] {
          {"api-keys", "create", "--record", "--name", "ada", "--role", "king"},
          {"api-keys", "create", "--record", "--name", "registry", "--role", "read"},
          {"api-keys", "create", "--record", "--name", "ada", "--role", "read", "--tenant", "a b"},
          {"api-keys", "create", "--name", "ada"},
          {"api-keys"}
        }) {
      assertThat(commandLine.execute(wrong)).isEqualTo(2);
    }
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void keysAreListedAndRevokedOnce() {
    StoredKeys keys = new StoredKeys(new MemoryObjectStore());
    ApiKey key = create("--name", "ada", "--role", "read");
    keys.put(key);
    assertThatThrownBy(() -> keys.put(key)).hasMessageContaining(key.id());
    assertThat(keys.all()).containsExactly(new StoredKeys.StoredKey(key, false));
    ApiKeyRevocation revocation = new ApiKeyRevocation(key.id(), "root", "lost", Instant.EPOCH);
    keys.revoke(revocation);
    keys.revoke(revocation);
    assertThat(keys.all()).containsExactly(new StoredKeys.StoredKey(key, true));
    assertThatThrownBy(
            () -> keys.revoke(new ApiKeyRevocation("0".repeat(16), "root", null, Instant.EPOCH)))
        .hasMessageContaining("no API key has the id");
    assertThatThrownBy(() -> keys.revoke(new ApiKeyRevocation("../x", "root", null, Instant.EPOCH)))
        .hasMessageContaining("16 lower-case hex digits");
  }
}
