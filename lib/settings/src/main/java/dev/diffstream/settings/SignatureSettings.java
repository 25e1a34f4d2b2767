package dev.diffstream.settings;

import dev.diffstream.schemas.signature.KeyFiles;
import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.schemas.signature.TrustedKeys;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The keys that diffs are signed and checked with. The files are read here, once: what is wrong
 * with them is a {@link BadSettingException} at start.
 */
public final class SignatureSettings {
  /** Of registry and gateway. */
  public static final String VERIFICATION_KEYS = "diffstream.verification-keys";

  /** Of the worker. */
  public static final String SIGNING_KEY = "diffstream.worker.signing-key";

  private SignatureSettings() {}

  /** {@link TrustedKeys#NONE} where the setting is empty. */
  public static TrustedKeys trustedKeys(Settings settings) {
    String paths =
        settings.optionalText(
            VERIFICATION_KEYS,
            "PEM files with public keys, or directories of *.pem, separated by commas; of these one must have signed a diff; none: not checked");
    if (paths == null) {
      return TrustedKeys.NONE;
    }
    return read(
        VERIFICATION_KEYS,
        () ->
            KeyFiles.trustedKeys(
                Arrays.stream(paths.split(",")).map(path -> Path.of(path.strip())).toList()));
  }

  /** Null where the setting is empty: diffs are not signed. */
  public static @Nullable SigningKey signingKey(Settings settings) {
    String path =
        settings.optionalText(
            SIGNING_KEY, "PEM file with the private key that signs diffs; none: not signed");
    return path == null ? null : read(SIGNING_KEY, () -> KeyFiles.signingKey(Path.of(path)));
  }

  private static <T> T read(String key, Supplier<T> reader) {
    try {
      return reader.get();
    } catch (IllegalArgumentException e) {
      throw new BadSettingException(
          key,
          key + " (environment: " + Settings.environmentName(key) + "): " + e.getMessage() + ".");
    }
  }
}
