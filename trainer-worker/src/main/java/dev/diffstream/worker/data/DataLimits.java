package dev.diffstream.worker.data;

/**
 * What a data set may hold.
 *
 * @param maxRecordBytes a longer record is invalid; it is skipped without being held in memory
 * @param maxFileBytes of one file after decompression; more is QUOTA_EXCEEDED
 * @param maxExamples over all files; more is QUOTA_EXCEEDED
 * @param minExamples over all files; fewer is TOO_FEW_EXAMPLES
 */
public record DataLimits(int maxRecordBytes, long maxFileBytes, int maxExamples, int minExamples) {
  public static final DataLimits DEFAULT = new DataLimits(1 << 20, 4L << 30, 1_000_000, 20);
}
