package dev.diffstream.worker.learning.diffpruning;

import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import java.util.SplittableRandom;

/** The gates of all named tensors; without structure they stand open for ever. */
final class GroupGates {
  private final GroupGate[] groups;
  private final boolean structured;
  private final long seed;

  GroupGates(int count, boolean structured, long seed) {
    this.groups = new GroupGate[count];
    this.structured = structured;
    this.seed = seed;
    java.util.Arrays.setAll(groups, i -> new GroupGate());
    draw(0);
    for (GroupGate group : groups) {
      group.promoteDrawnGate();
    }
  }

  GroupGate get(int parameter) {
    return groups[parameter];
  }

  int size() {
    return groups.length;
  }

  /** Draws those of a step. */
  void draw(long ofStep) {
    SplittableRandom random = new SplittableRandom(seed * 37 + ofStep);
    if (structured) {
      for (GroupGate group : groups) {
        group.drawNext(random.nextDouble(1e-4, 1 - 1e-4));
      }
    }
  }

  /**
   * One step of Adam; the gates that were drawn become this step's.
   *
   * @param dots by parameter, the sum of {@code g w z}
   * @param step counted from 1
   * @return the sum of squares of their gradients
   */
  double advance(double[] dots, float lambda, double clip, double rate, long step) {
    if (!structured) {
      return 0;
    }
    double squares = 0;
    for (int p = 0; p < groups.length; p++) {
      double gradient = groups[p].gradient(dots[p], lambda);
      groups[p].advance(clip * gradient, rate, step);
      squares += gradient * gradient;
    }
    return squares;
  }

  void save(StateWriter out) {
    for (GroupGate group : groups) {
      out.doubles("group", group.state());
    }
  }

  void load(StateReader in) {
    for (GroupGate group : groups) {
      group.load(in.doubles("group", group.state().length));
    }
  }
}
