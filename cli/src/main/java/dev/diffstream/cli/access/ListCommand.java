package dev.diffstream.cli.access;

import dev.diffstream.cli.access.StoredKeys.StoredKey;
import dev.diffstream.cli.option.ConnectionOptions;
import dev.diffstream.objectstore.ObjectStore;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Which keys there are. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = "Lists the API keys of the bucket: id, name, roles, tenant, expiry and state.")
final class ListCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    List<StoredKey> keys;
    try (ObjectStore store = options.connection().openStore()) {
      keys = new StoredKeys(store).all();
    }
    PrintWriter out = spec.commandLine().getOut();
    keys.forEach(key -> out.println(KeyText.of(key.key()) + "  " + state(key)));
    if (keys.isEmpty()) {
      out.println("no API keys; make one with: diffstream api-keys create");
    }
    out.flush();
    return 0;
  }

  private static String state(StoredKey key) {
    if (key.revoked()) {
      return "revoked";
    }
    return key.key().hasExpired(Instant.now()) ? "expired" : "valid";
  }
}
