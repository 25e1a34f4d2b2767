package dev.diffstream.registry.correction;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Enumeration;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.stream.LongStream;

/**
 * The corrections up to a number as one data file, so that a task event names one file however many
 * there are. Its bytes follow from the corrections alone: whoever writes it writes the same.
 */
public final class CorrectionFile {
  private static final long MAX_BYTES = 1 << 20;

  private final ObjectStore store;

  public CorrectionFile(ObjectStore store) {
    this.store = store;
  }

  /**
   * Writes the file, unless it is there.
   *
   * @param before number up to which there may be a file already; 0: there is none
   * @return its key
   */
  public String write(TaskId task, long before, long through) {
    String key = ObjectKeys.correctionsThrough(task, through);
    if (store.stat(key).isEmpty()) {
      store.upload(key, content(task, before, through), Map.of());
    }
    return key;
  }

  /** The earlier file and what came since; everything, where the earlier file is gone. */
  private InputStream content(TaskId task, long before, long through) {
    InputStream earlier =
        before == 0
            ? InputStream.nullInputStream()
            : store.open(ObjectKeys.correctionsThrough(task, before)).orElse(null);
    long from = earlier == null ? 1 : before + 1;
    Iterator<byte[]> rows =
        LongStream.rangeClosed(from, through)
            .mapToObj(number -> ObjectKeys.correction(task, number))
            .flatMap(key -> store.get(key, MAX_BYTES).stream())
            .iterator();
    return new SequenceInputStream(
        new Rows(earlier == null ? InputStream.nullInputStream() : earlier, rows));
  }

  /** Streams that are opened one by one. */
  private static final class Rows implements Enumeration<InputStream> {
    private final InputStream first;
    private final Iterator<byte[]> rows;
    private boolean begun;

    Rows(InputStream first, Iterator<byte[]> rows) {
      this.first = first;
      this.rows = rows;
    }

    @Override
    public boolean hasMoreElements() {
      return !begun || rows.hasNext();
    }

    @Override
    public InputStream nextElement() {
      if (!begun) {
        begun = true;
        return first;
      }
      if (!rows.hasNext()) {
        throw new NoSuchElementException();
      }
      byte[] row = rows.next();
      byte[] line = java.util.Arrays.copyOf(row, row.length + 1);
      line[row.length] = '\n';
      return new ByteArrayInputStream(line);
    }
  }
}
