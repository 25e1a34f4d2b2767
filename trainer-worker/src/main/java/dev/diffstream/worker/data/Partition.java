package dev.diffstream.worker.data;

import dev.diffstream.schemas.data.HeldOutSplit;
import dev.diffstream.schemas.data.TextIdentity;
import dev.diffstream.schemas.event.Objective;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which rows are trained on and which are held out, so that no text stands on two sides; what
 * counts as the same text says {@link TextIdentity}.
 *
 * @param duplicates rows that were left out of train, or of dev, because their text is held out
 */
record Partition(List<Example> train, List<Example> dev, List<Example> test, int duplicates) {
  /**
   * Takes dev and test as they were given, or a tenth of train each. A text that is given as a test
   * row is left out of dev and train, one that is given as a dev row out of train.
   */
  static Partition of(
      Objective objective,
      List<Example> train,
      @Nullable List<Example> dev,
      @Nullable List<Example> test) {
    Set<String> tested = identities(test == null ? List.of() : test);
    List<Example> ownDev = dev == null ? null : without(dev, tested);
    Set<String> heldOut = new HashSet<>(tested);
    heldOut.addAll(identities(ownDev == null ? List.of() : ownDev));
    List<Example> rest = without(train, heldOut);
    int duplicates = train.size() - rest.size();
    duplicates += dev == null || ownDev == null ? 0 : dev.size() - ownDev.size();
    if (ownDev != null && test != null) {
      return new Partition(rest, ownDev, test, duplicates);
    }
    return split(objective, rest, ownDev, test, duplicates);
  }

  private static Partition split(
      Objective objective,
      List<Example> rows,
      @Nullable List<Example> dev,
      @Nullable List<Example> test,
      int duplicates) {
    List<HeldOutSplit.Side> sides = HeldOutSplit.of(strata(objective, rows));
    List<Example> train = new ArrayList<>();
    List<Example> ownDev = dev == null ? new ArrayList<>() : dev;
    List<Example> ownTest = test == null ? new ArrayList<>() : test;
    for (int i = 0; i < rows.size(); i++) {
      if (sides.get(i) == HeldOutSplit.Side.DEV && dev == null) {
        ownDev.add(rows.get(i));
      } else if (sides.get(i) == HeldOutSplit.Side.TEST && test == null) {
        ownTest.add(rows.get(i));
      } else {
        train.add(rows.get(i));
      }
    }
    if (dev == null) {
      learnEveryLabel(train, ownDev);
    }
    if (test == null) {
      learnEveryLabel(train, ownTest);
    }
    return new Partition(train, ownDev, ownTest, duplicates);
  }

  /** A held-out row with a label that no training row carries goes to the training rows. */
  private static void learnEveryLabel(List<Example> train, List<Example> heldOut) {
    Set<String> known = new HashSet<>();
    train.forEach(row -> known.addAll(row.labels()));
    Set<String> moved = new HashSet<>();
    for (Example row : heldOut) {
      if (!known.containsAll(row.labels())) {
        moved.add(identity(row));
        known.addAll(row.labels());
      }
    }
    Predicate<Example> moves = row -> moved.contains(identity(row));
    heldOut.stream().filter(moves).forEach(train::add);
    heldOut.removeIf(moves);
  }

  /**
   * The label by which a row has its share of each side: its class, or the rarest of its labels or
   * tags, so that rare ones are not left to chance.
   */
  private static List<HeldOutSplit.Row> strata(Objective objective, List<Example> rows) {
    Map<String, Integer> counts = new HashMap<>();
    rows.forEach(row -> row.labels().forEach(label -> counts.merge(label, 1, Integer::sum)));
    Comparator<String> rarest =
        Comparator.<String>comparingInt(label -> counts.getOrDefault(label, 0))
            .thenComparing(Comparator.naturalOrder());
    return rows.stream()
        .map(
            row ->
                new HeldOutSplit.Row(
                    row.text(),
                    row.textPair(),
                    switch (objective.labelling()) {
                      case CLASS -> row.label();
                      case NUMBER, NONE -> null;
                      case LABEL_SET, TAGS -> row.labels().stream().min(rarest).orElse("");
                    }))
        .toList();
  }

  static String identity(Example row) {
    return TextIdentity.of(row.text(), row.textPair());
  }

  static Set<String> identities(Collection<Example> rows) {
    Set<String> identities = new HashSet<>();
    rows.forEach(row -> identities.add(identity(row)));
    return identities;
  }

  private static List<Example> without(List<Example> rows, Set<String> heldOut) {
    return heldOut.isEmpty()
        ? rows
        : new ArrayList<>(rows.stream().filter(row -> !heldOut.contains(identity(row))).toList());
  }
}
