package dev.diffstream.cli.access;

import dev.diffstream.cli.client.Connection;
import dev.diffstream.cli.option.ConnectionOptions;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.access.ApiKey;
import dev.diffstream.schemas.access.ApiKeySecret;
import dev.diffstream.schemas.access.Role;
import dev.diffstream.schemas.event.AccessRecorded;
import dev.diffstream.schemas.json.Json;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Makes a key and shows its secret, which is stored nowhere. */
@Command(
    name = "create",
    mixinStandardHelpOptions = true,
    description =
        "Makes an API key. Its secret is the one line of standard output, shown this once; the bucket keeps its SHA-256.")
final class CreateCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--name",
      required = true,
      description = "Who holds it: the actor of whatever is done with it.")
  private String name = "";

  @Option(
      names = "--role",
      required = true,
      split = ",",
      paramLabel = "ROLE",
      description =
          "read, submit, operate or predict; several with commas between them. docs/access.md says what each may.")
  private List<String> roles = List.of();

  @Option(
      names = "--tenant",
      description = "The owner whose tasks it is for (default: the tasks of all).")
  private @Nullable String tenant;

  @Option(
      names = "--days",
      description = "After so many days it is valid no more (default: always valid).")
  private @Nullable Integer days;

  @Option(
      names = "--record",
      description =
          "Stores nothing: writes what services are to know of it on standard error, an entry for the JSON array of a file that DIFFSTREAM_ACCESS_KEYS names.")
  private boolean record;

  @Override
  public Integer call() {
    ApiKeySecret secret = ApiKeySecret.create(new SecureRandom());
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    ApiKey key =
        new ApiKey(
            ApiKeySecret.id(secret.digest()),
            name,
            roles.stream().map(CreateCommand::role).distinct().toList(),
            tenant,
            secret.digest(),
            StoredKeys.actor().text(),
            now,
            days == null ? null : now.plus(Duration.ofDays(days)));
    PrintWriter err = spec.commandLine().getErr();
    if (record) {
      err.println(new String(Json.write(key), StandardCharsets.UTF_8));
    } else {
      Connection connection = options.connection();
      try (ObjectStore store = connection.openStore()) {
        new StoredKeys(store).put(key);
      }
      StoredKeys.audit(connection, AccessRecorded.KEY_CREATED, key.id(), key.name(), err);
      err.println("key " + KeyText.of(key));
    }
    err.println(
        "its secret follows and cannot be shown again; clients read it from DIFFSTREAM_API_KEY or DIFFSTREAM_API_KEY_FILE");
    err.flush();
    spec.commandLine().getOut().println(secret.text());
    spec.commandLine().getOut().flush();
    return 0;
  }

  private static String role(String word) {
    return Role.named(word.strip())
        .map(Role::text)
        .orElseThrow(
            () ->
                new DiffstreamException(
                    ErrorCode.INVALID_REQUEST,
                    "--role is read, submit, operate or predict, got: " + Bounded.value(word)));
  }
}
