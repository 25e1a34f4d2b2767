package dev.diffstream.worker.data;

import dev.diffstream.schemas.run.RunReport.InvalidRecord;
import dev.diffstream.worker.data.DataSetReader.InvalidRecordsException;
import java.util.ArrayList;
import java.util.List;

/** The records of a data set that cannot be used: the first hundred by name, all by number. */
final class InvalidRecords {
  private static final int MAX_REPORTED = 100;

  /** How many may be skipped where the event allows it: a share, and in a small set these few. */
  private static final double MAX_SKIPPED_SHARE = 0.01;

  private static final int MAX_SKIPPED_IN_SMALL_SETS = 5;

  private final List<InvalidRecord> reported = new ArrayList<>();
  private long count;

  /**
   * @param records how many to count: 1, or the lines that may have been records of their own
   */
  void add(String file, long line, String reason, long records) {
    count += records;
    if (reported.size() < MAX_REPORTED) {
      reported.add(new InvalidRecord(file, line, QuotedText.cut(reason)));
    }
  }

  List<InvalidRecord> reported() {
    return reported;
  }

  long count() {
    return count;
  }

  /**
   * @throws InvalidRecordsException if there are more than may be skipped, or any if none may
   */
  void check(boolean skip, int examples) {
    double allowed =
        skip ? Math.max(MAX_SKIPPED_IN_SMALL_SETS, MAX_SKIPPED_SHARE * (examples + count)) : 0;
    if (count > allowed) {
      InvalidRecord first = reported.getFirst();
      throw new InvalidRecordsException(
          "%d of %d records are invalid%s; the first: %s line %d: %s"
              .formatted(
                  count,
                  examples + count,
                  skip ? ", more than may be skipped (1 %, in small sets 5)" : "",
                  first.file(),
                  first.line(),
                  first.reason()),
          reported,
          count);
    }
  }
}
