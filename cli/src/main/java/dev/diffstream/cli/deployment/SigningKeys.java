package dev.diffstream.cli.deployment;

import dev.diffstream.schemas.signature.KeyFiles;
import dev.diffstream.settings.SignatureSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.function.Consumer;

/** The key pair by which a deployment signs its diffs, in its directory. */
final class SigningKeys {
  private SigningKeys() {}

  /**
   * Makes the pair at the directory's first start. A directory from before there were signatures
   * has none, and its diffs stay unsigned.
   *
   * @return settings of the services by dotted key
   */
  static Map<String, String> of(Path directory, Consumer<String> say) throws IOException {
    Path keys = directory.resolve("keys").toAbsolutePath();
    Path signing = keys.resolve(KeyFiles.SIGNING_KEY);
    if (!Files.exists(signing)) {
      if (Files.exists(directory.resolve("s3"))) {
        say.accept("diffs are not signed: " + directory + " was begun without keys");
        return Map.of();
      }
      create(keys);
    }
    return Map.of(
        SignatureSettings.SIGNING_KEY,
        signing.toString(),
        SignatureSettings.VERIFICATION_KEYS,
        keys.resolve(KeyFiles.VERIFICATION_KEY).toString());
  }

  /** Both or none, so that a kill in the middle leaves nothing that the next start stumbles on. */
  private static void create(Path keys) throws IOException {
    Path unfinished = keys.resolveSibling("keys.new");
    Files.deleteIfExists(unfinished.resolve(KeyFiles.SIGNING_KEY));
    Files.deleteIfExists(unfinished.resolve(KeyFiles.VERIFICATION_KEY));
    KeyFiles.createPair(unfinished);
    Files.move(unfinished, keys, StandardCopyOption.ATOMIC_MOVE);
  }
}
