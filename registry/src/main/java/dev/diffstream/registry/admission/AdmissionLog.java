package dev.diffstream.registry.admission;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.Admission;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The numbered decisions about the events of each base. One is written only if its number is
 * absent; whoever loses reads what was decided. Safe together with other processes.
 */
final class AdmissionLog {
  private static final long MAX_BYTES = 1 << 20;

  private final ObjectStore store;

  AdmissionLog(ObjectStore store) {
    this.store = store;
  }

  /** Those behind {@code after} that exist, ascending. */
  List<Long> numbers(String baseDigest, long after) {
    String prefix = ObjectKeys.admissionsPrefix(baseDigest);
    String from = after < 1 ? "" : ObjectKeys.admission(baseDigest, after);
    try (Stream<ObjectStore.Listed> entries = store.entries(prefix, from)) {
      return entries
          .flatMap(entry -> ObjectKeys.number(prefix, entry.key()).stream().boxed())
          .sorted()
          .toList();
    }
  }

  Admission get(String baseDigest, long number) {
    String key = ObjectKeys.admission(baseDigest, number);
    return store
        .get(key, MAX_BYTES)
        .map(bytes -> Json.read(bytes, Admission.class, key))
        .orElseThrow(
            () ->
                new DiffstreamException(
                    ErrorCode.OUTCOME_UNKNOWN, key + " exists but cannot be read"));
  }

  /** False if the number is taken. */
  boolean put(Admission admission) {
    String key = ObjectKeys.admission(admission.baseDigest(), admission.number());
    return store.putIfAbsent(key, Json.write(admission), Map.of()) == PutOutcome.CREATED;
  }
}
