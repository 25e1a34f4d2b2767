package dev.diffstream.registry.submission;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import java.io.InputStream;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Files that callers upload before they name them in jobs, or look at them. Thread-safe. */
public final class UploadedFiles {
  private static final Pattern ID = Pattern.compile("file-[0-9a-f]{32}");
  private static final String NAME = "filename";
  private static final String PURPOSE = "purpose";
  private static final String CREATED = "created";
  private static final String OWNER = "owner";

  private final ObjectStore store;
  private final TaskClaims claims;
  private final InstantSource clock;

  /**
   * @param claims whose files somebody uploads and sees
   */
  public UploadedFiles(ObjectStore store, TaskClaims claims, InstantSource clock) {
    this.claims = claims;
    this.store = store;
    this.clock = clock;
  }

  /**
   * A file.
   *
   * @param created in seconds since 1970
   */
  public record UploadedFile(
      String id, long bytes, long created, String filename, String purpose) {}

  public UploadedFile put(String filename, String purpose, InputStream content) {
    String id = "file-" + UUID.randomUUID().toString().replace("-", "");
    store.upload(ObjectKeys.file(id), content, metadata(filename, purpose));
    return get(id);
  }

  private Map<String, String> metadata(String filename, String purpose) {
    Map<String, String> metadata = new HashMap<>();
    metadata.put(NAME, encoded(filename, 500));
    metadata.put(PURPOSE, encoded(purpose, 100));
    metadata.put(CREATED, Long.toString(clock.instant().getEpochSecond()));
    String tenant = claims.tenant();
    if (tenant != null) {
      metadata.put(OWNER, tenant);
    }
    return metadata;
  }

  private static String encoded(String text, int most) {
    return URLEncoder.encode(Bounded.text(text, most), StandardCharsets.UTF_8);
  }

  /**
   * @throws DiffstreamException TASK_UNKNOWN if there is none of this id
   */
  public UploadedFile get(String id) {
    return find(id).orElseThrow(() -> unknown(id));
  }

  private Optional<UploadedFile> find(String id) {
    if (!ID.matcher(id).matches()) {
      return Optional.empty();
    }
    return store
        .stat(ObjectKeys.file(id))
        .filter(info -> claims.sees(info.metadata().get(OWNER)))
        .map(
            info ->
                new UploadedFile(
                    id,
                    info.size(),
                    Long.parseLong(info.metadata().getOrDefault(CREATED, "0")),
                    decoded(info.metadata().getOrDefault(NAME, id)),
                    decoded(info.metadata().getOrDefault(PURPOSE, ""))));
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  public InputStream open(String id) {
    get(id);
    return store.open(ObjectKeys.file(id)).orElseThrow(() -> unknown(id));
  }

  public void delete(String id) {
    get(id);
    store.delete(ObjectKeys.file(id));
  }

  /** Newest first. */
  public List<UploadedFile> all() {
    List<UploadedFile> files = new ArrayList<>();
    try (Stream<String> keys = store.list(ObjectKeys.filesPrefix())) {
      keys.map(key -> key.substring(ObjectKeys.filesPrefix().length()))
          .forEach(id -> find(id).ifPresent(files::add));
    }
    files.sort(
        Comparator.comparingLong(UploadedFile::created).reversed().thenComparing(UploadedFile::id));
    return files;
  }

  private static DiffstreamException unknown(String id) {
    return new DiffstreamException(ErrorCode.TASK_UNKNOWN, "no file " + Bounded.value(id));
  }
}
