package dev.diffstream.cli.demo;

import dev.diffstream.cli.client.GatewayClient.Question;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Multinomial naive Bayes over words with add-one smoothing: the plain baseline that a learned diff
 * stands beside. Of a pair, the words of both texts count, and the words that both share once more
 * by a name of their own.
 */
final class NaiveBayes {
  private final Map<String, Map<String, Integer>> wordsByLabel = new TreeMap<>();
  private final Map<String, Integer> rowsByLabel = new TreeMap<>();
  private final Map<String, Integer> totals = new HashMap<>();
  private final java.util.Set<String> vocabulary = new java.util.HashSet<>();
  private int rows;

  NaiveBayes(List<DemoTask.Row> training) {
    for (DemoTask.Row row : training) {
      rows++;
      rowsByLabel.merge(row.label(), 1, Integer::sum);
      Map<String, Integer> counts =
          wordsByLabel.computeIfAbsent(row.label(), label -> new HashMap<>());
      for (String word : words(row.question())) {
        counts.merge(word, 1, Integer::sum);
        totals.merge(row.label(), 1, Integer::sum);
        vocabulary.add(word);
      }
    }
  }

  String predict(Question question) {
    String best = "";
    double bestScore = Double.NEGATIVE_INFINITY;
    for (Map.Entry<String, Map<String, Integer>> entry : wordsByLabel.entrySet()) {
      String label = entry.getKey();
      double score = Math.log(rowsByLabel.getOrDefault(label, 0) / (double) rows);
      double denominator = totals.getOrDefault(label, 0) + vocabulary.size();
      for (String word : words(question)) {
        if (vocabulary.contains(word)) {
          score += Math.log((entry.getValue().getOrDefault(word, 0) + 1) / denominator);
        }
      }
      if (score > bestScore) {
        bestScore = score;
        best = label;
      }
    }
    return best;
  }

  double accuracy(List<DemoTask.Row> test) {
    return test.stream().filter(row -> predict(row.question()).equals(row.label())).count()
        / (double) test.size();
  }

  /** The share of the most frequent training label. */
  double majority(List<DemoTask.Row> test) {
    String most =
        rowsByLabel.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
    return test.stream().filter(row -> row.label().equals(most)).count() / (double) test.size();
  }

  private static List<String> words(Question question) {
    List<String> words = new ArrayList<>(split(question.text()));
    if (question.textPair() != null) {
      List<String> others = split(question.textPair());
      words.stream()
          .filter(others::contains)
          .map(word -> "both:" + word)
          .toList()
          .forEach(words::add);
      words.addAll(others);
    }
    return words;
  }

  private static List<String> split(String text) {
    return List.of(text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}']+")).stream()
        .filter(word -> !word.isEmpty())
        .toList();
  }
}
