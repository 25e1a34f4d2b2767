package dev.diffstream.schemas.access;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Builds and reads the keys of the bucket's objects that say who may do what. */
public final class AccessKeys {
  private static final String ACCESS = "access/";
  private static final Pattern API_KEY = Pattern.compile("access/keys/([0-9a-f]{16})\\.json");
  private static final Pattern API_KEY_REVOCATION =
      Pattern.compile("access/revocations/([0-9a-f]{16})\\.json");
  private static final Pattern API_KEY_ID = Pattern.compile("[0-9a-f]{16}");

  private AccessKeys() {}

  /** {@code access/}: API keys and their revocations. */
  public static String accessPrefix() {
    return ACCESS;
  }

  /** {@code access/keys/<key id>.json}: what is known of an API key. */
  public static String apiKey(String keyId) {
    return ACCESS + "keys/" + checkedKeyId(keyId) + ".json";
  }

  /** {@code access/revocations/<key id>.json}: the key is valid no more. */
  public static String apiKeyRevocation(String keyId) {
    return ACCESS + "revocations/" + checkedKeyId(keyId) + ".json";
  }

  /** The key whose {@link #apiKey} this is, or empty for any other key. */
  public static Optional<String> describedApiKey(String key) {
    Matcher matcher = API_KEY.matcher(key);
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  /** The key whose {@link #apiKeyRevocation} this is, or empty for any other key. */
  public static Optional<String> revokedApiKey(String key) {
    Matcher matcher = API_KEY_REVOCATION.matcher(key);
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private static String checkedKeyId(String keyId) {
    if (!API_KEY_ID.matcher(keyId).matches()) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "the id of an API key is 16 lower-case hex digits, got: " + Bounded.value(keyId));
    }
    return keyId;
  }

  /** {@code owners/<task id>.json}: who sent the task's first event through a registry. */
  public static String taskOwner(TaskId task) {
    return "owners/" + task + ".json";
  }
}
