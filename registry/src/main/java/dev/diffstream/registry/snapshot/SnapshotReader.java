package dev.diffstream.registry.snapshot;

import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.registry.catalog.SharedValues;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.SnapshotManifest;
import dev.diffstream.schemas.registry.TaskSnapshot;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/** Reads the tasks of a snapshot, and holds them back until their digest is found right. */
final class SnapshotReader {
  private final SharedValues shared = new SharedValues();
  private final SnapshotManifest manifest;
  private final List<TaskView> tasks = new ArrayList<>();
  private final Map<String, Long> announced = new HashMap<>();

  private SnapshotReader(SnapshotManifest manifest) {
    this.manifest = manifest;
  }

  /**
   * @param content is closed
   * @throws DiffstreamException DIGEST_MISMATCH for other content than the manifest names
   */
  static StoredSnapshot read(SnapshotManifest manifest, InputStream content) {
    SnapshotReader reader = new SnapshotReader(manifest);
    MessageDigest digest = Sha256.digest();
    try (DigestInputStream digested = new DigestInputStream(content, digest)) {
      reader.readLines(digested);
      digested.transferTo(java.io.OutputStream.nullOutputStream());
    } catch (IOException e) {
      throw Snapshots.damaged(manifest.key() + " cannot be read: " + e, e);
    }
    String actual = Snapshots.digest(digest, manifest.positions());
    if (!actual.equals(manifest.digest()) || reader.tasks.size() != manifest.tasks()) {
      throw Snapshots.damaged(
          "%s has %d tasks and digest %s, expected %d and %s"
              .formatted(
                  manifest.key(), reader.tasks.size(), actual, manifest.tasks(), manifest.digest()),
          null);
    }
    return new StoredSnapshot(manifest, reader.tasks, reader.announced);
  }

  private void readLines(InputStream content) throws IOException {
    BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(new GZIPInputStream(content, 1 << 16), StandardCharsets.UTF_8),
            1 << 16);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (tasks.size() == manifest.tasks()) {
        throw new IOException("more than " + manifest.tasks() + " lines");
      }
      add(Json.read(line.getBytes(StandardCharsets.UTF_8), TaskSnapshot.class, manifest.key()));
    }
  }

  private void add(TaskSnapshot task) {
    AliasGeneration aliases = task.aliases();
    tasks.add(
        new TaskView(
            task.taskId(),
            task.versions().stream().map(shared::in).toList(),
            aliases == null ? null : shared.in(aliases),
            task.fingerprint(),
            task.deleted() == null ? Set.of() : Set.copyOf(task.deleted())));
    announced.put(task.taskId(), task.announced());
  }
}
