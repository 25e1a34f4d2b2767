package dev.diffstream.cli.bench.load;

/**
 * What came of asking for a while.
 *
 * @param tasks that were asked, the first of the plan
 * @param seconds from the first question to the last answer
 * @param answered rightly
 * @param wrong answers of another task or version, or with another score
 * @param lost questions without an answer, or with one that is no 200
 * @param texts how often each text was answered
 * @param micros that each right answer took, ascending
 */
@SuppressWarnings("ArrayRecordComponent") // written once and read once
public record PhaseResult(
    int tasks,
    double seconds,
    int answered,
    int wrong,
    int lost,
    int[] texts,
    int[] micros,
    String firstFault) {
  public double throughput() {
    return answered / seconds;
  }

  /** Milliseconds that so many of all answers took at most. */
  public static double percentile(int[] ascendingMicros, double share) {
    if (ascendingMicros.length == 0) {
      return Double.NaN;
    }
    int rank = (int) Math.ceil(share * ascendingMicros.length);
    return ascendingMicros[Math.max(0, rank - 1)] / 1e3;
  }

  public double p99Millis() {
    return percentile(micros, 0.99);
  }
}
