package dev.diffstream.schemas.event;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.databind.JsonNode;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
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
 * @param provisional {@code auto} (default): while the task has no champion a head alone is
 *     published first; or {@code never}
 * @param pairEncoding of the objectives with two texts: {@code separate}, {@code joint} or {@code
 *     auto}
 * @param onLongText what becomes of a longer text that the task is asked about, unless the request
 *     says otherwise: {@code cut} (default) to {@code maxTokens}, or {@code refuse}; rows of the
 *     data set are cut and counted
 * @param start where learning starts: {@code auto}, {@code zero}, {@code nearest}, {@code champion}
 *     or the digest of a diff
 * @param policy {@code train} (default), or {@code auto}: a published diff may be reused
 * @param priority among tasks that wait, -100 to 100; default 0, higher goes first
 * @param owner who asked
 * @param labels free labels for search
 */
@RecordBuilder
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
    @Nullable String provisional,
    @Nullable String pairEncoding,
    @Nullable String onLongText,
    @Nullable String start,
    @Nullable String policy,
    @Nullable Integer priority,
    @Nullable String owner,
    @Nullable Map<String, String> labels)
    implements TaskRelatedEvent {
  public static final double DEFAULT_DENSITY = 0.005;

  /** Value of {@code provisional}: nothing answers before the run has published. */
  private static final String NEVER = "never";

  private static final Set<String> REFUSALS = Set.of("refuse", "fail");

  /** Whether texts that are longer than the task reads are refused. */
  public boolean refusesLongTexts() {
    return onLongText != null && REFUSALS.contains(onLongText);
  }

  /**
   * The data of a task. URIs are {@code s3://<bucket>/<key>} or the key alone, under {@code
   * tasks/<own id>/data/}.
   *
   * @param train one file, or several that are read in this order as one; a text that stands in
   *     several is learned as the last of them says. One alone is written as text, not as a list
   * @param dev absent, with {@code test} absent too: one tenth each is held out by hash of the text
   * @param format {@code jsonl}, {@code csv} or {@code tsv}; absent: by suffix; gzip is recognised
   *     by its first bytes
   */
  @RecordBuilder
  public record DataSet(
      @JsonFormat(
              with = {
                JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY,
                JsonFormat.Feature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED
              })
          List<String> train,
      @Nullable String dev,
      @Nullable String test,
      @Nullable String format,
      @Nullable Columns columns) {
    public DataSet {
      train = List.copyOf(train);
    }

    /** A file that is split into train, dev and test, with everything else by default. */
    public static DataSet of(String train) {
      return TaskSubmittedDataSetBuilder.builder().train(List.of(train)).build();
    }
  }

  /**
   * Names of the fields of a record (of the header's columns, in CSV and TSV). Defaults: text,
   * textPair, label; of token classification also tokens and tags.
   */
  @RecordBuilder
  public record Columns(@Nullable String text, @Nullable String textPair, @Nullable String label) {}

  /**
   * The smallest gain before a version serves.
   *
   * @param over {@code majority} (default) or {@code champion}
   * @param minGain in units of the task's metric; default 0: it must be better. Below 0, over the
   *     champion: by how much it may be worse
   */
  public record Gate(@Nullable String over, @JsonAlias("leastGain") @Nullable Double minGain) {}

  /** A task event with defaults for everything but what must be said. */
  public static TaskSubmitted of(String taskId, Objective objective, String train) {
    return TaskSubmittedBuilder.builder()
        .taskId(taskId)
        .objective(objective)
        .data(DataSet.of(train))
        .build();
  }

  /** Empty if it is to be chosen on the dev rows. */
  public OptionalDouble densityOrAuto() {
    if (density == null) {
      return OptionalDouble.of(DEFAULT_DENSITY);
    }
    return density.isNumber() ? OptionalDouble.of(density.doubleValue()) : OptionalDouble.empty();
  }

  /** Whether a head alone is published first, while the task has no champion. */
  public boolean wantsProvisional() {
    return !NEVER.equals(provisional);
  }

  public String precisionOrDefault() {
    return precision == null ? "fp16" : precision;
  }

  public String methodOrDefault() {
    return method == null ? "diff-pruning" : method;
  }
}
