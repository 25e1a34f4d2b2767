package dev.diffstream.schemas;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Builds and reads every key in the bucket but those of access control ({@code AccessKeys}). No
 * other class puts a key together.
 */
public final class ObjectKeys {
  private static final String TASKS = "tasks/";
  private static final String BASES = "bases/";
  private static final String FILES = "files/";
  private static final String SUBMISSIONS = "submissions/";
  private static final String RUNS = "runs/";
  private static final String DIFFS = "diffs/sha256/";
  private static final String REPORT = "/report.json";
  private static final String ADMISSIONS = "admissions/";
  private static final String RULES = "rules/";
  private static final Pattern BASE_KEY = Pattern.compile("bases/([0-9a-f]{64})/base\\.json");
  private static final Pattern CONTROL_KEY = Pattern.compile("runs/([^/]+)/control/\\d{20}\\.json");
  private static final Pattern REPORT_KEY =
      Pattern.compile("runs/([^/]+)/attempts/(\\d{20})/report\\.json");
  private static final Pattern RULE_KEY = Pattern.compile("rules/([^/]+)/\\d{20}\\.json");
  private static final String SNAPSHOTS = "snapshots/";
  private static final String MANIFEST = "manifest.json";
  private static final int NUMBER_DIGITS = 20;

  private ObjectKeys() {}

  /** {@code bases/}: everything of every base. */
  public static String basesPrefix() {
    return BASES;
  }

  /** The base whose {@link #baseDescriptor} this key is, or empty for any other key. */
  public static Optional<String> describedBase(String key) {
    Matcher matcher = BASE_KEY.matcher(key);
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  /** {@code bases/<digest>/}: the files of a base. */
  public static String basePrefix(String baseDigest) {
    return BASES + checkedDigest(baseDigest) + "/";
  }

  /** {@code bases/<digest>/base.json}: names and shapes of its parameters. */
  public static String baseDescriptor(String baseDigest) {
    return basePrefix(baseDigest) + "base.json";
  }

  /** {@code tasks/}: everything of every task. */
  public static String tasksPrefix() {
    return TASKS;
  }

  /** {@code tasks/<id>/}: everything of one task. */
  public static String taskPrefix(TaskId task) {
    return TASKS + task + "/";
  }

  /** {@code tasks/<id>/data/}: the only data that a run of this task may read. */
  public static String dataPrefix(TaskId task) {
    return TASKS + task + "/data/";
  }

  public static String data(TaskId task, String fileName) {
    return dataPrefix(task) + fileName;
  }

  /**
   * {@code tasks/<id>/data/corrections/}: what people corrected, as rows in the form of {@link
   * dev.diffstream.schemas.correction.Correction} whatever the format of the task's other data.
   */
  public static String correctionsPrefix(TaskId task) {
    return dataPrefix(task) + "corrections/";
  }

  /** {@code tasks/<id>/data/corrections/<20 digits>.json}: one correction, one row. */
  public static String correction(TaskId task, long number) {
    return correctionsPrefix(task) + numbered(number);
  }

  /**
   * {@code tasks/<id>/data/corrections/through-<20 digits>.jsonl}: the corrections up to this
   * number as one data file, a row each in the order of their numbers.
   */
  public static String correctionsThrough(TaskId task, long number) {
    return correctionsPrefix(task) + "through-" + digits(number) + ".jsonl";
  }

  /**
   * {@code tasks/<id>/correction-requests/<hex>.json}: a request for a correction that may be made
   * again.
   *
   * @param digest SHA-256 of the request's id
   */
  public static String correctionRequest(TaskId task, String digest) {
    return taskPrefix(task) + "correction-requests/" + checkedDigest(digest) + ".json";
  }

  public static String retrainingsPrefix(TaskId task) {
    return taskPrefix(task) + "retrainings/";
  }

  /** {@code tasks/<id>/retrainings/<20 digits>.json}: a rule has asked for the task once more. */
  public static String retraining(TaskId task, long number) {
    return retrainingsPrefix(task) + numbered(number);
  }

  /** {@code rules/}: the retraining rules of all tasks. */
  public static String rulesPrefix() {
    return RULES;
  }

  public static String rulesPrefix(TaskId task) {
    return RULES + task + "/";
  }

  /** {@code rules/<task id>/<20 digits>.json}: when a task is learned again; the newest counts. */
  public static String rule(TaskId task, long number) {
    return rulesPrefix(task) + numbered(number);
  }

  /** The task whose {@link #rule} this key is, or empty for any other key. */
  public static Optional<TaskId> ruledTask(String key) {
    Matcher matcher = RULE_KEY.matcher(key);
    return matcher.matches() && TaskId.isValid(matcher.group(1))
        ? Optional.of(new TaskId(matcher.group(1)))
        : Optional.empty();
  }

  /** {@code files/}: what was uploaded for jobs. */
  public static String filesPrefix() {
    return FILES;
  }

  /** {@code files/<file id>}: a file that jobs may name; a task gets rows of its own from it. */
  public static String file(String fileId) {
    return FILES + fileId;
  }

  /** {@code submissions/<run id>.json}: what a caller's request to send a task event was for. */
  public static String submission(String runId) {
    return SUBMISSIONS + runId + ".json";
  }

  /** {@code diffs/sha256/<hex>}: a diff, named by the hash of its bytes (I1). */
  public static String diff(String digest) {
    return DIFFS + checkedDigest(digest);
  }

  /**
   * {@code diffs/sha256/<hex>.<key id>.sig}: the signature of a diff by one key. Several keys may
   * sign a diff; no signature ever replaces another.
   */
  public static String signature(String digest, String keyId) {
    return diff(digest) + "." + checkedDigest(keyId) + ".sig";
  }

  public static String versionsPrefix(TaskId task) {
    return TASKS + task + "/versions/";
  }

  /** {@code tasks/<id>/versions/<20 digits>.json}. */
  public static String version(TaskId task, long number) {
    return versionsPrefix(task) + numbered(number);
  }

  public static String tombstonesPrefix(TaskId task) {
    return TASKS + task + "/tombstones/";
  }

  /** {@code tasks/<id>/tombstones/<20 digits>.json}: the version of this number is deleted. */
  public static String tombstone(TaskId task, long version) {
    return tombstonesPrefix(task) + numbered(version);
  }

  public static String aliasesPrefix(TaskId task) {
    return TASKS + task + "/aliases/";
  }

  /** {@code tasks/<id>/aliases/<20 digits>.json}: all aliases of a task as of one generation. */
  public static String aliases(TaskId task, long generation) {
    return aliasesPrefix(task) + numbered(generation);
  }

  public static String runsPrefix() {
    return RUNS;
  }

  public static String runPrefix(String runId) {
    return RUNS + runId + "/";
  }

  /**
   * {@code runs/<run id>/redeliveries/<partition>-<20 digits of the offset>.json}: the event of
   * this record of the broker's dead-letter queue was sent to the workers again.
   */
  public static String redelivery(String runId, int partition, long offset) {
    return runPrefix(runId) + "redeliveries/" + partition + "-" + digits(offset) + ".json";
  }

  public static String attemptsPrefix(String runId) {
    return runPrefix(runId) + "attempts/";
  }

  /** {@code runs/<run id>/attempts/<20 digits>.json}: which worker began it, and when. */
  public static String attempt(String runId, long number) {
    return attemptsPrefix(runId) + numbered(number);
  }

  /** {@code runs/<run id>/attempts/<20 digits>/report.json}: how the attempt ended. */
  public static String report(String runId, long attempt) {
    return attemptsPrefix(runId) + digits(attempt) + REPORT;
  }

  /**
   * {@code runs/<run id>/attempts/<20 digits>/provenance.json}: what the attempt's diff was made
   * of.
   */
  public static String provenance(String runId, long attempt) {
    return attemptsPrefix(runId) + digits(attempt) + "/provenance.json";
  }

  /** {@code runs/<run id>/provisional.json}: what became of the run's provisional. */
  public static String provisional(String runId) {
    return runPrefix(runId) + "provisional.json";
  }

  /** {@code runs/<run id>/outcome.json}: of a run that no worker reported. */
  public static String outcome(String runId) {
    return runPrefix(runId) + "outcome.json";
  }

  public static String refusalsPrefix(String runId) {
    return runPrefix(runId) + "refusals/";
  }

  /** {@code runs/<run id>/refusals/<20 digits>.json}: a diff of the run that was refused. */
  public static String refusal(String runId, long number) {
    return refusalsPrefix(runId) + numbered(number);
  }

  public static String controlPrefix(String runId) {
    return runPrefix(runId) + "control/";
  }

  /** {@code runs/<run id>/control/<20 digits>.json}: what somebody asked of the run. */
  public static String control(String runId, long number) {
    return controlPrefix(runId) + numbered(number);
  }

  /** The run of which somebody asked something by the object of this key. */
  public static Optional<String> controlledRun(String key) {
    Matcher matcher = CONTROL_KEY.matcher(key);
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  public static String admissionsPrefix(String baseDigest) {
    return ADMISSIONS + checkedDigest(baseDigest) + "/";
  }

  /** {@code admissions/<base>/<20 digits>.json}: an event's turn to be learned. */
  public static String admission(String baseDigest, long number) {
    return admissionsPrefix(baseDigest) + numbered(number);
  }

  /** {@code snapshots/}: what registries keep so that a start need not read the whole bucket. */
  public static String snapshotsPrefix() {
    return SNAPSHOTS;
  }

  /** {@code snapshots/<20 digits>/}: one of them; the highest counts. */
  public static String snapshotPrefix(long number) {
    return SNAPSHOTS + digits(number) + "/";
  }

  /** {@code snapshots/<20 digits>/manifest.json}: says that it is complete, and what it holds. */
  public static String snapshotManifest(long number) {
    return snapshotPrefix(number) + MANIFEST;
  }

  /**
   * {@code snapshots/<20 digits>/<name>.jsonl.gz}: its tasks.
   *
   * @param name tells the objects of several writers apart; characters that are no letters, digits,
   *     dots or dashes become underscores
   */
  public static String snapshotTasks(long number, String name) {
    return snapshotPrefix(number) + name.replaceAll("[^A-Za-z0-9.-]", "_") + ".jsonl.gz";
  }

  /** The number of the snapshot to which an object belongs, or empty for any other key. */
  public static OptionalLong snapshotNumber(String key) {
    int end = SNAPSHOTS.length() + NUMBER_DIGITS;
    return key.startsWith(SNAPSHOTS) && key.length() > end && key.charAt(end) == '/'
        ? parsed(key.substring(SNAPSHOTS.length(), end))
        : OptionalLong.empty();
  }

  /** The number of the snapshot whose manifest this key is, or empty for any other key. */
  public static OptionalLong manifestNumber(String key) {
    OptionalLong number = snapshotNumber(key);
    return number.isPresent() && key.equals(snapshotManifest(number.getAsLong()))
        ? number
        : OptionalLong.empty();
  }

  public static String checkpoints(String runId) {
    return runPrefix(runId) + "checkpoints/";
  }

  /** {@code runs/<run id>/checkpoints/<20 digits>}: the state of a learning; the highest counts. */
  public static String checkpoint(String runId, long number) {
    return checkpoints(runId) + digits(number);
  }

  /** The run and attempt whose report {@code key} is, or empty for any other key. */
  public static Optional<ReportKey> reportKey(String key) {
    Matcher matcher = REPORT_KEY.matcher(key);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    OptionalLong attempt = parsed(matcher.group(2));
    return attempt.isPresent()
        ? Optional.of(new ReportKey(matcher.group(1), attempt.getAsLong()))
        : Optional.empty();
  }

  /** What the key of a report says. */
  public record ReportKey(String runId, long attempt) {}

  /**
   * The number in the key of a numbered object directly under {@code prefix}, or empty for any
   * other key. Strict, since a store may list temporary names of running uploads.
   */
  public static OptionalLong number(String prefix, String key) {
    if (!key.startsWith(prefix)
        || key.length() != prefix.length() + NUMBER_DIGITS + 5
        || !key.endsWith(".json")) {
      return OptionalLong.empty();
    }
    String digits = key.substring(prefix.length(), prefix.length() + NUMBER_DIGITS);
    return parsed(digits);
  }

  private static OptionalLong parsed(String digits) {
    if (!digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(digits));
    } catch (NumberFormatException tooLarge) {
      return OptionalLong.empty();
    }
  }

  /** The task id in a key under {@code tasks/}, or null for a key of another form. */
  public static @Nullable TaskId taskOf(String key) {
    int end = key.indexOf('/', TASKS.length());
    if (!key.startsWith(TASKS) || end < 0 || !TaskId.isValid(key.substring(TASKS.length(), end))) {
      return null;
    }
    return new TaskId(key.substring(TASKS.length(), end));
  }

  private static String numbered(long number) {
    if (number < 1) {
      throw new IllegalArgumentException("numbered objects count from 1, got " + number);
    }
    return digits(number) + ".json";
  }

  private static String digits(long number) {
    return String.format(Locale.ROOT, "%020d", number);
  }

  private static String checkedDigest(String digest) {
    if (!Sha256.isValid(digest)) {
      throw new DiffstreamException(
          ErrorCode.DIGEST_MISMATCH,
          "a digest is 64 lower-case hex digits of SHA-256, got: " + digest);
    }
    return digest;
  }
}
