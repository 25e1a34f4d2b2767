package dev.diffstream.cli.bench.serve;

import dev.diffstream.base.Base;
import dev.diffstream.cli.bench.load.LoadPlan;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Tasks of a deployment, with what each version of them must answer to the same few texts. */
final class PublishedTasks {
  static final double TOLERANCE = 1e-4;

  /** Answers of two tasks that cannot be taken for each other differ by more. */
  static final double DIFFERENCE = 10 * TOLERANCE;

  private static final int SAMPLE = 16;
  private static final int TEXTS = 8;
  private static final int MIN_TOKENS = 8;
  private static final int MAX_TOKENS = 32;
  private static final int CANDIDATES = 64;
  private static final Duration LIMIT = Duration.ofMinutes(20);

  private final Base base;
  private final TaskVariants variants;
  private final Oracle oracle;
  private final DiffPublisher publisher;
  private final ServedVersions served;
  private final Consumer<String> say;
  private final List<String> texts;
  private final List<List<List<Double>>> first = new ArrayList<>();
  private final List<Map<String, List<List<Double>>>> scores = new ArrayList<>();
  private long decodedBytes;

  /** A version that is yet to be published. */
  record Next(Diff diff, byte[] file, String digest) {}

  /**
   * @param candidates of which the texts are chosen: the most telling of 8 to 32 tokens
   */
  PublishedTasks(
      Base base,
      TaskVariants variants,
      List<String> candidates,
      DiffPublisher publisher,
      ServedVersions served,
      Consumer<String> say) {
    this.base = base;
    this.variants = variants;
    this.oracle = new Oracle(base);
    this.publisher = publisher;
    this.served = served;
    this.say = say;
    List<Diff> sample = IntStream.range(0, SAMPLE).mapToObj(i -> variants.of(name(i), i)).toList();
    List<String> fitting =
        candidates.stream()
            .filter(text -> tokens(text) >= MIN_TOKENS && tokens(text) <= MAX_TOKENS)
            .limit(CANDIDATES)
            .toList();
    this.texts =
        oracle.telling(sample, fitting.isEmpty() ? candidates : fitting, TEXTS, DIFFERENCE);
  }

  /** Publishes the first version of each, and waits until the gateway serves them all. */
  void publish(int count) {
    Set<String> digests = new HashSet<>();
    for (int i = 0; i < count; i++) {
      Next version = prepared(i, i);
      publisher.publish(version.diff(), version.file(), version.digest());
      digests.add(version.digest());
      decodedBytes += 8 * version.diff().nonzeros();
      if ((i + 1) % 128 == 0) {
        say.accept("published " + (i + 1) + " tasks");
      }
    }
    served.await(digests, LIMIT);
  }

  /** Another version of a task, of which the clients are told before it is published. */
  Next next(int task, int number) {
    return prepared(task, scores.size() + number);
  }

  private Next prepared(int task, int variant) {
    Diff diff = variants.of(name(task), variant);
    byte[] file = DiffWriter.write(diff);
    Next version = new Next(diff, file, Sha256.of(file));
    List<List<Double>> answers = oracle.scores(diff, texts);
    if (task == scores.size()) {
      first.add(answers);
      scores.add(new LinkedHashMap<>());
    }
    scores.get(task).put(version.digest(), answers);
    return version;
  }

  /**
   * Publishes it and waits until it is served.
   *
   * @return from its announcement until then
   */
  Duration publish(Next version) {
    publisher.publish(version.diff(), version.file(), version.digest());
    served.await(Set.of(version.digest()), LIMIT);
    return served.announcedToServed(version.digest());
  }

  LoadPlan plan(String url, int clients) {
    return new LoadPlan(
        url,
        clients,
        texts,
        TOLERANCE,
        IntStream.range(0, scores.size())
            .mapToObj(i -> new LoadPlan.Task(name(i), new HashMap<>(scores.get(i))))
            .toList());
  }

  /** Pairs of two tasks and a text with answers that cannot be taken for each other. */
  long tellingPairs() {
    return IntStream.range(0, texts.size())
        .mapToLong(text -> Oracle.pairs(first, text, DIFFERENCE))
        .sum();
  }

  /** All pairs of two tasks and a text. */
  long pairs() {
    return (long) texts.size() * first.size() * (first.size() - 1) / 2;
  }

  /** Of positions and values in memory, on average. */
  long decodedBytesPerTask() {
    return decodedBytes / scores.size();
  }

  List<Integer> tokens() {
    return texts.stream().map(this::tokens).toList();
  }

  private int tokens(String text) {
    return base.tokenizer().encode(text, null, base.maxTextTokens()).length();
  }

  private static String name(int task) {
    return "bench-%05d".formatted(task);
  }
}
