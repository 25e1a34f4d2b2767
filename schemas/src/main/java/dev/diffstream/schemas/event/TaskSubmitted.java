package dev.diffstream.schemas.event;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A task event: learn this. Absent fields take the deployment's defaults.
 *
 * @param base name or digest of the base; absent: the deployment's
 * @param onInvalidRecord {@code fail} (default) or {@code skip}: up to 1 % of the records, in small
 *     sets 5
 * @param method the learning method; default {@code diff-pruning}
 * @param density share of all base parameters that the diff may change, in (0, 1], or {@code
 *     "auto"}: the least that is about as good as any on the dev rows; default 0.005
 * @param precision of the values in the diff file: {@code fp32}, {@code fp16} (default), {@code
 *     bf16}, {@code int8}, {@code int4} or {@code int1}
 * @param settings of the method by name; a number, a word, a truth value, or {@code "auto"}
 * @param gate what the diff must gain before it serves; default: better than the majority
 * @param labels free labels for search
 */
public record TaskSubmitted(
    String taskId,
    @Nullable String base,
    Objective objective,
    DataSet data,
    @Nullable String onInvalidRecord,
    @Nullable String method,
    @Nullable JsonNode density,
    @Nullable String precision,
    @Nullable Map<String, JsonNode> settings,
    @Nullable Gate gate,
    @Nullable String owner,
    @Nullable Map<String, String> labels)
    implements Event {
  public static final double DEFAULT_DENSITY = 0.005;

  /**
   * The data of a task. URIs are {@code s3://<bucket>/<key>} or the key alone, under {@code
   * tasks/<own id>/data/}.
   *
   * @param dev absent, with {@code test} absent too: one tenth each is held out by hash of the text
   * @param format {@code jsonl}, {@code csv} or {@code tsv}; absent: by suffix; gzip is recognised
   *     by its first bytes
   */
  public record DataSet(
      String train,
      @Nullable String dev,
      @Nullable String test,
      @Nullable String format,
      @Nullable Columns columns) {}

  /**
   * Names of the fields of a record (of the header's columns, in CSV and TSV). Defaults: text,
   * textPair, label; of token classification also tokens and tags.
   */
  public record Columns(@Nullable String text, @Nullable String textPair, @Nullable String label) {}

  /**
   * The least gain before a version serves.
   *
   * @param over {@code majority} (default) or {@code champion}
   * @param leastGain in units of the task's metric; default 0, exclusive over the majority
   */
  public record Gate(@Nullable String over, @Nullable Double leastGain) {}

  /** A task event with defaults for everything but what must be said. */
  public static TaskSubmitted of(String taskId, Objective objective, String train) {
    return new TaskSubmitted(
        taskId,
        null,
        objective,
        new DataSet(train, null, null, null, null),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  /** Empty if it is to be chosen on the dev rows. */
  public OptionalDouble densityOrAuto() {
    if (density == null) {
      return OptionalDouble.of(DEFAULT_DENSITY);
    }
    return density.isNumber() ? OptionalDouble.of(density.doubleValue()) : OptionalDouble.empty();
  }

  public String precisionOrDefault() {
    return precision == null ? "fp16" : precision;
  }

  public String methodOrDefault() {
    return method == null ? "diff-pruning" : method;
  }
}
