package dev.diffstream.cli.bench.load;

import java.util.Arrays;

/** What one client counts, or all of them together. For one thread. */
final class Tally {
  private final int[] texts;
  private int[] micros = new int[1024];
  private int answered;
  private int wrong;
  private int lost;
  private String firstFault = "";

  Tally(int texts) {
    this.texts = new int[texts];
  }

  void right(int text, long nanos) {
    if (answered == micros.length) {
      micros = Arrays.copyOf(micros, 2 * answered);
    }
    micros[answered++] = (int) Math.min(Integer.MAX_VALUE, nanos / 1000);
    texts[text]++;
  }

  void wrong(String what) {
    wrong++;
    fault(what);
  }

  void lost(String what) {
    lost++;
    fault(what);
  }

  private void fault(String what) {
    if (firstFault.isEmpty()) {
      firstFault = what;
    }
  }

  void add(Tally other) {
    int[] all = Arrays.copyOf(micros, answered + other.answered);
    System.arraycopy(other.micros, 0, all, answered, other.answered);
    micros = all;
    answered += other.answered;
    Arrays.setAll(texts, i -> texts[i] + other.texts[i]);
    addFaults(other);
  }

  void addFaults(Tally other) {
    wrong += other.wrong;
    lost += other.lost;
    fault(other.firstFault);
  }

  PhaseResult result(int tasks, double seconds) {
    int[] ascending = Arrays.copyOf(micros, answered);
    Arrays.sort(ascending);
    return new PhaseResult(tasks, seconds, answered, wrong, lost, texts, ascending, firstFault);
  }
}
