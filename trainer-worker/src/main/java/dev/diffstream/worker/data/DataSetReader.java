package dev.diffstream.worker.data;

import dev.diffstream.base.input.TensorSpec;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.Objective.Labelling;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.run.RunReport.InvalidRecord;
import dev.diffstream.worker.data.file.DataFile;
import dev.diffstream.worker.data.file.HashedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads the data set of one task completely before anything is learned from it. Every unusable
 * record is collected with file, line and reason; whether the run fails is decided at the end, so
 * that a report names them all.
 */
public final class DataSetReader {
  /** Records between two looks at whether the run may go on. */
  private static final int CHECK_EVERY = 256;

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

  /**
   * Reads the files that the task names.
   *
   * @throws InvalidRecordsException for unusable records, or labels that cannot be distinguished
   * @throws DiffstreamException DATA_UNREADABLE, DATA_FORBIDDEN, QUOTA_EXCEEDED, TOO_FEW_EXAMPLES,
   *     LABEL_MISMATCH, INVALID_EVENT; OVERLOADED if the store fails
   */
  public DataSet read(TaskSubmitted task) {
    return read(task, () -> {});
  }

  /**
   * As {@link #read(TaskSubmitted)}.
   *
   * @param interruption called every some records; what it throws ends the reading
   */
  public DataSet read(TaskSubmitted task, Runnable interruption) {
    checkTensors(task);
    Reading reading = new Reading(task, interruption);
    TaskSubmitted.DataSet data = task.data();
    Rows train = reading.train(data.train());
    Rows dev = data.dev() == null ? null : reading.heldOut("dev", data.dev(), train);
    Rows test = data.test() == null ? null : reading.heldOut("test", data.test(), train);
    reading.checkInvalid();
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
    private final InvalidRecords invalid = new InvalidRecords();
    private final MessageDigest digest = Sha256.digest();
    private final List<RunReport.DataFile> files = new ArrayList<>();
    private final Runnable interruption;
    private final Map<String, Example> corrections = new HashMap<>();
    private int overruled;
    private long records;
    private int examples;

    Reading(TaskSubmitted task, Runnable interruption) {
      this.task = task;
      this.interruption = interruption;
    }

    /** All files as one: of rows about the same text those of the last file that has it. */
    Rows train(List<String> uris) {
      Rows all = null;
      for (String uri : uris) {
        Rows rows = file("train", uri);
        if (isCorrections(keyOf(uri))) {
          rows = rows.lastOfEachText();
          corrections.putAll(rows.byText());
        }
        int before = all == null ? 0 : all.examples().size() + rows.examples().size();
        all = all == null ? rows : all.overruledBy(rows);
        overruled += Math.max(0, before - all.examples().size());
      }
      return Objects.requireNonNull(all, "an event names at least one file");
    }

    /** Corrections hold for held-out rows too. */
    Rows heldOut(String use, String uri, Rows train) {
      Rows rows = file(use, uri);
      return corrections.isEmpty() ? rows : rows.correctedBy(corrections, train);
    }

    private String keyOf(String uri) {
      return location.keyOf(new TaskId(task.taskId()), uri);
    }

    /** Corrections have a form of their own, whatever that of the task's other files is. */
    private boolean isCorrections(String key) {
      return key.startsWith(ObjectKeys.correctionsPrefix(new TaskId(task.taskId())));
    }

    private Rows file(String use, String uri) {
      String key = keyOf(uri);
      DataFormat format =
          isCorrections(key) ? DataFormat.JSONL : DataFormat.of(task.data().format(), key);
      if (!tensors.isEmpty() && format != DataFormat.JSONL) {
        throw new DiffstreamException(
            ErrorCode.INVALID_EVENT,
            "the base of this worker reads %s, which %s cannot hold; expected JSON Lines, got %s"
                .formatted(tensors, format, QuotedText.of(key)));
      }
      DataFile file =
          new DataFile(QuotedText.plain(key), limits.maxFileBytes(), format == DataFormat.JSONL);
      try (HashedInputStream stored = new HashedInputStream(open(key));
          InputStream text = file.open(stored, digest)) {
        Rows rows = rows(key, format, text);
        files.add(
            new RunReport.DataFile(
                use, location.uriOf(key), stored.count(), stored.hash(), rows.examples().size()));
        return rows;
      } catch (IOException e) {
        throw new DiffstreamException(
            ErrorCode.DATA_UNREADABLE,
            QuotedText.plain(key)
                + " cannot be read, it is damaged: "
                + (e instanceof EOFException
                    ? "it is truncated"
                    : QuotedText.cut(String.valueOf(e.getMessage()))),
            e);
      }
    }

    private InputStream open(String key) {
      return store
          .open(key)
          .orElseThrow(
              () ->
                  new DiffstreamException(
                      ErrorCode.DATA_UNREADABLE,
                      "no object "
                          + QuotedText.of(key)
                          + " in bucket "
                          + location.bucket()
                          + DataLocation.hint(key)));
    }

    private Rows rows(String key, DataFormat format, InputStream in) throws IOException {
      RecordSplitter splitter =
          new RecordSplitter(in, format == DataFormat.CSV, limits.maxRecordBytes());
      RecordParser parser =
          new RecordParser(
              format, task.objective(), isCorrections(key) ? null : task.data().columns(), tensors);
      Rows rows = new Rows(new ArrayList<>(), new LabelOccurrences());
      for (RawRecord raw = splitter.next(); raw != null; raw = splitter.next()) {
        if (records++ % CHECK_EVERY == 0) {
          interruption.run();
        }
        Example example = example(key, raw, parser);
        if (example != null) {
          rows.examples().add(example);
          rows.labels().add(key, raw.line(), example);
          countExample();
        } else if (!parser.hasUsableHeader()) {
          break;
        }
      }
      return rows;
    }

    private @Nullable Example example(String key, RawRecord raw, RecordParser parser) {
      String problem = raw.problem();
      long lost = raw.lines();
      if (problem == null) {
        try {
          return parser.parse(String.valueOf(raw.text()));
        } catch (RecordParser.BadRecord e) {
          problem = String.valueOf(e.getMessage());
          lost = e.malformed() ? lost : 1;
        }
      }
      invalid.add(key, raw.line(), problem, lost);
      return null;
    }

    private void countExample() {
      if (++examples > limits.maxExamples()) {
        throw new DiffstreamException(
            ErrorCode.QUOTA_EXCEEDED,
            "task " + task.taskId() + " has more than " + limits.maxExamples() + " examples");
      }
    }

    void checkInvalid() {
      invalid.check("skip".equals(task.onInvalidRecord()), examples);
    }

    DataSet split(Rows train, @Nullable Rows dev, @Nullable Rows test) {
      if (examples < limits.minExamples()) {
        throw new DiffstreamException(
            ErrorCode.TOO_FEW_EXAMPLES,
            "task %s has %d usable examples, at least %d are needed"
                .formatted(task.taskId(), examples, limits.minExamples()));
      }
      SimilarLabels similar = new SimilarLabels(task.objective().labelling(), train.labels());
      InvalidRecords indistinguishable = new InvalidRecords();
      similar.addIndistinguishable(indistinguishable);
      indistinguishable.check(false, examples);
      Partition rows =
          Partition.of(task.objective(), train.examples(), Rows.examples(dev), Rows.examples(test));
      LabelNames names = new LabelNames(task);
      List<String> labels = names.of(rows.train());
      names.checkHeldOut("dev", rows.dev(), labels, (dev == null ? train : dev).labels());
      names.checkHeldOut("test", rows.test(), labels, (test == null ? train : test).labels());
      List<String> warnings = new ArrayList<>(similar.warnings());
      addUnusedColumns(warnings);
      if (overruled > 0) {
        warnings.add(overruled + " rows were left out: a later file of train has their texts");
      }
      return new DataSet(
          rows.train(),
          rows.dev(),
          rows.test(),
          labels,
          invalid.reported(),
          invalid.count(),
          rows.duplicates(),
          warnings,
          files,
          HexFormat.of().formatHex(digest.digest()));
    }

    private void addUnusedColumns(List<String> warnings) {
      TaskSubmitted.Columns columns = task.data().columns();
      String unused = "data.columns.%s is not read for the objective %s";
      if (columns != null && columns.textPair() != null && !task.objective().pairs()) {
        warnings.add(unused.formatted("textPair", task.objective().text()));
      }
      if (columns != null
          && columns.label() != null
          && task.objective().labelling() == Labelling.NONE) {
        warnings.add(unused.formatted("label", task.objective().text()));
      }
    }
  }
}
