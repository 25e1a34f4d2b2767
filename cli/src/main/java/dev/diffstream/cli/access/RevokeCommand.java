package dev.diffstream.cli.access;

import dev.diffstream.cli.client.Connection;
import dev.diffstream.cli.option.ConnectionOptions;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.access.ApiKeyRevocation;
import dev.diffstream.schemas.event.AccessRecorded;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a key valid no more. */
@Command(
    name = "revoke",
    mixinStandardHelpOptions = true,
    description =
        "Revokes an API key: within a second every service refuses it, and it cannot be made valid again.")
final class RevokeCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--reason", description = "For the audit.")
  private @Nullable String reason;

  @Parameters(paramLabel = "ID", description = "Of the key, as list shows it.")
  private String id = "";

  @Override
  public Integer call() {
    Connection connection = options.connection();
    try (ObjectStore store = connection.openStore()) {
      new StoredKeys(store)
          .revoke(new ApiKeyRevocation(id, StoredKeys.actor().text(), reason, Instant.now()));
    }
    StoredKeys.audit(
        connection, AccessRecorded.KEY_REVOKED, id, reason, spec.commandLine().getErr());
    spec.commandLine().getOut().println("revoked " + id);
    spec.commandLine().getOut().flush();
    return 0;
  }
}
