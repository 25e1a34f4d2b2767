package dev.diffstream.registry.snapshot;

import dev.diffstream.eventlog.EventLog.Positions;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.SnapshotManifest;
import dev.diffstream.schemas.registry.SnapshotManifestBuilder;
import dev.diffstream.schemas.registry.TaskSnapshot;
import dev.diffstream.schemas.registry.TopicPosition;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots in the bucket. Each has a number; a manifest under it, written only if it is
 * absent, says that it is complete and by which digest. Thread-safe, and safe together with other
 * processes.
 */
public final class Snapshots {
  private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);
  private static final long MAX_MANIFEST = 1 << 20;

  /** So many are kept: the lower ones are used where the highest is damaged. */
  static final int KEPT = 3;

  private final ObjectStore store;
  private final String writer;
  private final InstantSource clock;

  /**
   * @param writer id of the registry
   */
  public Snapshots(ObjectStore store, String writer, InstantSource clock) {
    this.store = store;
    this.writer = writer;
    this.clock = clock;
  }

  /** Hears of snapshots that cannot be used. */
  @FunctionalInterface
  public interface Damages {
    void damaged(String manifestKey, DiffstreamException reason);
  }

  /** The highest snapshot that can be read whole. */
  public Optional<StoredSnapshot> newest(Damages damages) {
    for (Map.Entry<Long, String> manifest : manifests().descendingMap().entrySet()) {
      try {
        Optional<StoredSnapshot> snapshot = read(manifest.getValue());
        if (snapshot.isPresent()) {
          return snapshot;
        }
      } catch (DiffstreamException e) {
        if (e.code().retryable()) {
          throw e;
        }
        LOG.warn("snapshot {} is not used: {}", manifest.getKey(), e.getMessage());
        damages.damaged(manifest.getValue(), e);
      }
    }
    return Optional.empty();
  }

  /** Empty if somebody has removed it meanwhile. */
  private Optional<StoredSnapshot> read(String manifestKey) {
    Optional<byte[]> bytes = store.get(manifestKey, MAX_MANIFEST);
    if (bytes.isEmpty()) {
      return Optional.empty();
    }
    SnapshotManifest manifest = Json.read(bytes.get(), SnapshotManifest.class, manifestKey);
    InputStream content =
        store.open(manifest.key()).orElseThrow(() -> damaged(manifest.key() + " is gone", null));
    return Optional.of(SnapshotReader.read(manifest, content));
  }

  /**
   * Writes the next one, and removes old ones.
   *
   * @return empty if another registry has written one at the same time
   */
  public Optional<SnapshotManifest> write(SnapshotState state) {
    NavigableMap<Long, String> known = manifests();
    long number = known.isEmpty() ? 1 : known.lastKey() + 1;
    String key = ObjectKeys.snapshotTasks(number, writer + "-" + clock.instant().toEpochMilli());
    Counted content = content(state);
    store.upload(key, content, Map.of());
    Map<String, TopicPosition> positions = positions(state);
    SnapshotManifest manifest =
        SnapshotManifestBuilder.builder()
            .number(number)
            .writer(writer)
            .key(key)
            .bytes(content.bytes)
            .digest(digest(content.digest, positions))
            .tasks(state.tasks().size())
            .versions(state.tasks().values().stream().mapToLong(t -> t.versions().size()).sum())
            .positions(positions)
            .created(clock.instant())
            .build();
    if (store.putIfAbsent(ObjectKeys.snapshotManifest(number), Json.write(manifest), Map.of())
        != PutOutcome.CREATED) {
      store.delete(key);
      return Optional.empty();
    }
    prune(manifests());
    return Optional.of(manifest);
  }

  private static Map<String, TopicPosition> positions(SnapshotState state) {
    Map<String, TopicPosition> positions = new HashMap<>();
    for (Map.Entry<String, Positions> topic : state.positions().entrySet()) {
      Positions read = topic.getValue();
      positions.put(topic.getKey(), new TopicPosition(read.topicId(), read.next()));
    }
    return positions;
  }

  /**
   * As the manifest has it.
   *
   * @param content has taken in the bytes of the tasks
   */
  static String digest(MessageDigest content, Map<String, TopicPosition> positions) {
    content.update(Json.write(positions));
    return HexFormat.of().formatHex(content.digest());
  }

  private static Counted content(SnapshotState state) {
    Iterator<TaskSnapshot> tasks =
        state.tasks().values().stream().map(task -> snapshot(task, state)).iterator();
    try {
      return new Counted(new TaskLines(tasks), Sha256.digest());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static TaskSnapshot snapshot(TaskView task, SnapshotState state) {
    return new TaskSnapshot(
        task.taskId(),
        task.versions(),
        task.aliases(),
        task.fingerprint(),
        state.announced().getOrDefault(task.taskId(), 0L),
        task.deleted().isEmpty() ? null : task.deleted().stream().sorted().toList());
  }

  /** What went through, for the manifest. */
  private static final class Counted extends FilterInputStream {
    private final MessageDigest digest;
    private long bytes;

    private Counted(InputStream content, MessageDigest digest) {
      super(new DigestInputStream(content, digest));
      this.digest = digest;
    }

    @Override
    public int read() throws IOException {
      int read = super.read();
      bytes += read < 0 ? 0 : 1;
      return read;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int count = super.read(target, offset, length);
      bytes += Math.max(0, count);
      return count;
    }
  }

  /** Removes all of them: they tell of another bucket. */
  public void removeAll() {
    remove(keys());
  }

  /** What stands above the lowest one that is kept may be about to be written. */
  private void prune(NavigableMap<Long, String> manifests) {
    if (manifests.size() <= KEPT) {
      return;
    }
    long lowestKept =
        manifests.descendingKeySet().stream().skip(KEPT - 1L).findFirst().orElseThrow();
    remove(
        keys().stream()
            .filter(key -> ObjectKeys.snapshotNumber(key).orElse(lowestKept) < lowestKept)
            .toList());
  }

  /** Manifests first: without its manifest an object is no snapshot. */
  private void remove(Collection<String> keys) {
    keys.stream().filter(Snapshots::isManifest).forEach(store::delete);
    keys.stream().filter(key -> !isManifest(key)).forEach(store::delete);
  }

  private static boolean isManifest(String key) {
    return ObjectKeys.manifestNumber(key).isPresent();
  }

  private List<String> keys() {
    try (Stream<String> keys = store.list(ObjectKeys.snapshotsPrefix())) {
      return keys.toList();
    }
  }

  /** The keys of the manifests by their numbers. */
  private NavigableMap<Long, String> manifests() {
    NavigableMap<Long, String> manifests = new TreeMap<>();
    keys().forEach(key -> ObjectKeys.manifestNumber(key).ifPresent(n -> manifests.put(n, key)));
    return manifests;
  }

  static DiffstreamException damaged(String what, @Nullable Exception cause) {
    return new DiffstreamException(ErrorCode.DIGEST_MISMATCH, what, cause);
  }
}
