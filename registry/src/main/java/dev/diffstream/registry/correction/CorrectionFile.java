package dev.diffstream.registry.correction;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.Optional;

/**
 * The corrections up to a number as one data file, so that a task event names one file however many
 * there are. Its bytes follow from the corrections alone: whoever writes it writes the same.
 */
public final class CorrectionFile {
  private static final int MAX_BYTES = 64 << 20;
  private static final long MAX_ROW_BYTES = 1 << 20;

  private final ObjectStore store;

  public CorrectionFile(ObjectStore store) {
    this.store = store;
  }

  /**
   * Writes the file, unless it is there.
   *
   * @param before number up to which there may be a file already; 0: there is none
   * @throws DiffstreamException QUOTA_EXCEEDED if it would be larger than 64 MiB
   */
  public void write(TaskId task, long before, long through) {
    String key = ObjectKeys.correctionsThrough(task, through);
    if (store.stat(key).isEmpty()) {
      store.putIfAbsent(key, content(task, before, through), Map.of());
    }
  }

  /** The earlier file and what came since; everything, where the earlier file is gone. */
  private byte[] content(TaskId task, long before, long through) {
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    Optional<byte[]> earlier =
        before == 0
            ? Optional.empty()
            : store.get(ObjectKeys.correctionsThrough(task, before), MAX_BYTES);
    earlier.ifPresent(rows::writeBytes);
    for (long number = earlier.isEmpty() ? 1 : before + 1; number <= through; number++) {
      store
          .get(ObjectKeys.correction(task, number), MAX_ROW_BYTES)
          .ifPresent(
              row -> {
                rows.writeBytes(row);
                rows.write('\n');
              });
      if (rows.size() > MAX_BYTES) {
        throw new DiffstreamException(
            ErrorCode.QUOTA_EXCEEDED,
            "the corrections of task %s have more than %d bytes, more than one file of them may"
                .formatted(task, MAX_BYTES));
      }
    }
    return rows.toByteArray();
  }
}
