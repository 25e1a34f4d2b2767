package dev.diffstream.registry.snapshot;

import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.TaskSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Iterator;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * The tasks of a snapshot as gzip, one JSON object a line, made while it is read: never more than a
 * buffer of it is in memory.
 */
final class TaskLines extends InputStream {
  private static final int BUFFER = 1 << 16;

  private final Iterator<TaskSnapshot> tasks;
  private final ByteArrayOutputStream made = new ByteArrayOutputStream(2 * BUFFER);
  private final GZIPOutputStream gzip;
  private byte[] ready = new byte[0];
  private int next;
  private boolean ended;

  TaskLines(Iterator<TaskSnapshot> tasks) throws IOException {
    this.tasks = tasks;
    this.gzip = new Fast(made);
  }

  /** Takes a third of the time of the default level, for a sixth more bytes. */
  private static final class Fast extends GZIPOutputStream {
    private Fast(OutputStream out) throws IOException {
      super(out, BUFFER);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }

  @Override
  public int read() throws IOException {
    return hasMore() ? ready[next++] & 0xff : -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!hasMore()) {
      return -1;
    }
    int count = Math.min(length, ready.length - next);
    System.arraycopy(ready, next, target, offset, count);
    next += count;
    return count;
  }

  private boolean hasMore() throws IOException {
    while (next == ready.length && !ended) {
      while (made.size() < BUFFER && tasks.hasNext()) {
        gzip.write(Json.write(tasks.next()));
        gzip.write('\n');
      }
      if (!tasks.hasNext()) {
        gzip.close();
        ended = true;
      }
      ready = made.toByteArray();
      made.reset();
      next = 0;
    }
    return next < ready.length;
  }
}
