package dev.diffstream.worker.data;

import dev.diffstream.schemas.run.RunReport.InvalidRecord;
import java.util.List;

/**
 * A checked data set.
 *
 * @param labels every label of the training rows in ascending order: the outputs of the head; empty
 *     for regression
 * @param invalidRecords the first hundred that were skipped
 * @param digest SHA-256 over the files' bytes as stored, in the order train, dev, test
 */
public record DataSet(
    List<Example> train,
    List<Example> dev,
    List<Example> test,
    List<String> labels,
    List<InvalidRecord> invalidRecords,
    long invalidRecordCount,
    String digest) {
  public DataSet {
    train = List.copyOf(train);
    dev = List.copyOf(dev);
    test = List.copyOf(test);
    labels = List.copyOf(labels);
    invalidRecords = List.copyOf(invalidRecords);
  }
}
