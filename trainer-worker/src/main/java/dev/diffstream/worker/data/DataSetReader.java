package dev.diffstream.worker.data;

import dev.diffstream.base.input.TensorSpec;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.run.RunReport.InvalidRecord;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the data set of one task completely before anything is learned from it. Every unusable
 * record is noted with file, line and reason; what becomes of the run is decided at the end, so
 * that a report names them all.
 */
public final class DataSetReader {
  private static final int MOST_NOTED = 100;
  private static final double MOST_SKIPPED = 0.01;

  private final ObjectStore store;
  private final DataLocation location;
  private final DataLimits limits;
  private final List<TensorSpec> tensors;

  /** For bases that read texts. */
  public DataSetReader(ObjectStore store, DataLocation location, DataLimits limits) {
    this(store, location, limits, List.of());
  }

  /**
   * @param tensors what an example is, for bases that read no texts
   */
  public DataSetReader(
      ObjectStore store, DataLocation location, DataLimits limits, List<TensorSpec> tensors) {
    this.tensors = List.copyOf(tensors);
    this.store = store;
    this.location = location;
    this.limits = limits;
  }

  /** INVALID_RECORD, with every bad record that was noted. */
  public static final class InvalidRecordsException extends DiffstreamException {
    private static final long serialVersionUID = 1L;
    private final transient List<InvalidRecord> records;
    private final long count;

    InvalidRecordsException(String message, List<InvalidRecord> records, long count) {
      super(ErrorCode.INVALID_RECORD, message);
      this.records = List.copyOf(records);
      this.count = count;
    }

    public List<InvalidRecord> records() {
      return records;
    }

    public long count() {
      return count;
    }
  }

  public DataSet read(TaskSubmitted task) {
    checkTensors(task);
    Reading reading = new Reading(task);
    TaskSubmitted.DataSet data = task.data();
    List<Example> train = reading.file(data.train());
    List<Example> dev = data.dev() == null ? null : reading.file(data.dev());
    List<Example> test = data.test() == null ? null : reading.file(data.test());
    reading.decideOnInvalid();
    return reading.split(train, dev, test);
  }

  private void checkTensors(TaskSubmitted task) {
    Objective objective = task.objective();
    if (!tensors.isEmpty() && (objective.ofTokens() || objective.pairs())) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT,
          "objective %s is about texts, but the base of this worker reads %s"
              .formatted(task.objective().text(), tensors));
    }
  }

  /** The state of one reading. */
  private final class Reading {
    private final TaskSubmitted task;
    private final List<InvalidRecord> invalid = new ArrayList<>();
    private final MessageDigest digest = Sha256.digest();
    private long invalidCount;
    private int examples;

    Reading(TaskSubmitted task) {
      this.task = task;
    }

    List<Example> file(String uri) {
      String key = location.keyOf(new TaskId(task.taskId()), uri);
      DataFormat format = DataFormat.of(task.data().format(), key);
      if (!tensors.isEmpty() && format != DataFormat.JSONL) {
        throw new DiffstreamException(
            ErrorCode.INVALID_EVENT,
            "the base of this worker reads %s, which %s cannot hold; expected JSON Lines, got %s"
                .formatted(tensors, format, key));
      }
      InputStream stored =
          store
              .open(key)
              .orElseThrow(
                  () ->
                      new DiffstreamException(
                          ErrorCode.DATA_UNREADABLE,
                          "no object " + key + " in bucket " + location.bucket()));
      try (InputStream raw =
              new DigestInputStream(
                  new BufferedInputStream(new StoredInputStream(stored, key), 1 << 16), digest);
          InputStream plain = DataFormat.isGzip(key) ? new GZIPInputStream(raw, 1 << 16) : raw) {
        return records(key, format, new CappedInputStream(plain, limits.maxFileBytes(), key));
      } catch (IOException e) {
        throw new DiffstreamException(
            ErrorCode.DATA_UNREADABLE, key + " cannot be read: " + e.getMessage(), e);
      }
    }

    private List<Example> records(String key, DataFormat format, InputStream in)
        throws IOException {
      RecordSplitter splitter =
          new RecordSplitter(in, format == DataFormat.CSV, limits.maxRecordBytes());
      RecordParser parser =
          new RecordParser(format, task.objective(), task.data().columns(), tensors);
      List<Example> examples = new ArrayList<>();
      for (RawRecord raw = splitter.next(); raw != null; raw = splitter.next()) {
        Example example = example(key, raw, parser);
        if (example != null) {
          examples.add(example);
          countExample();
        } else if (!parser.headerUsable()) {
          break;
        }
      }
      return examples;
    }

    private @Nullable Example example(String key, RawRecord raw, RecordParser parser) {
      String problem = raw.problem();
      if (problem == null) {
        try {
          return parser.parse(String.valueOf(raw.text()));
        } catch (RecordParser.BadRecord e) {
          problem = String.valueOf(e.getMessage());
        }
      }
      invalidCount += Math.max(1, raw.spoiled());
      if (invalid.size() < MOST_NOTED) {
        invalid.add(new InvalidRecord(key, raw.line(), problem));
      }
      return null;
    }

    private void countExample() {
      if (++examples > limits.maxExamples()) {
        throw new DiffstreamException(
            ErrorCode.QUOTA_EXCEEDED,
            "task " + task.taskId() + " has more than " + limits.maxExamples() + " examples");
      }
    }

    void decideOnInvalid() {
      boolean skip = "skip".equals(task.onInvalidRecord());
      if (invalidCount > 0 && (!skip || invalidCount > MOST_SKIPPED * (examples + invalidCount))) {
        InvalidRecord first = invalid.get(0);
        throw new InvalidRecordsException(
            invalidCount
                + " of "
                + (examples + invalidCount)
                + " records are invalid"
                + (skip ? ", more than the one in a hundred that may be skipped" : "")
                + "; the first: "
                + first.file()
                + " line "
                + first.line()
                + ": "
                + first.reason(),
            invalid,
            invalidCount);
      }
    }

    DataSet split(List<Example> train, @Nullable List<Example> dev, @Nullable List<Example> test) {
      if (examples < limits.leastExamples()) {
        throw new DiffstreamException(
            ErrorCode.TOO_FEW_EXAMPLES,
            "task "
                + task.taskId()
                + " has "
                + examples
                + " usable examples, at least "
                + limits.leastExamples()
                + " are needed");
      }
      Partition rows = Partition.of(task.objective(), train, dev, test);
      LabelNames names = new LabelNames(task);
      List<String> labels = names.of(rows.train());
      names.checkHeldOut("dev", rows.dev(), labels);
      names.checkHeldOut("test", rows.test(), labels);
      return new DataSet(
          rows.train(),
          rows.dev(),
          rows.test(),
          labels,
          invalid,
          invalidCount,
          rows.duplicates(),
          HexFormat.of().formatHex(digest.digest()));
    }
  }
}
