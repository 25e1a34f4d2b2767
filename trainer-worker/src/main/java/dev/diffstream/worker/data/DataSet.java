package dev.diffstream.worker.data;

import dev.diffstream.schemas.run.RunReport.DataFile;
import dev.diffstream.schemas.run.RunReport.InvalidRecord;
import java.util.List;

/**
 * A checked data set.
 *
 * @param labels names of the head's outputs in ascending order, from the training rows; empty for
 *     numbers and for texts without labels
 * @param invalidRecords the first hundred that were skipped
 * @param duplicates rows that were left out because a text that counts as the same is held out
 * @param warnings what should be looked at although it was learned from, for the run report
 * @param files in the order in which they were read
 * @param digest SHA-256 over the files' bytes as stored, in the order train, dev, test
 */
public record DataSet(
    List<Example> train,
    List<Example> dev,
    List<Example> test,
    List<String> labels,
    List<InvalidRecord> invalidRecords,
    long invalidRecordCount,
    int duplicates,
    List<String> warnings,
    List<DataFile> files,
    String digest) {
  public DataSet {
    train = List.copyOf(train);
    dev = List.copyOf(dev);
    test = List.copyOf(test);
    labels = List.copyOf(labels);
    invalidRecords = List.copyOf(invalidRecords);
    warnings = List.copyOf(warnings);
    files = List.copyOf(files);
  }

  /** Without duplicates, warnings and files. */
  public DataSet(
      List<Example> train,
      List<Example> dev,
      List<Example> test,
      List<String> labels,
      List<InvalidRecord> invalidRecords,
      long invalidRecordCount,
      String digest) {
    this(
        train,
        dev,
        test,
        labels,
        invalidRecords,
        invalidRecordCount,
        0,
        List.of(),
        List.of(),
        digest);
  }
}
