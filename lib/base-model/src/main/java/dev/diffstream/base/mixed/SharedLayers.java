package dev.diffstream.base.mixed;

import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.mixed.PackedTokens.Sequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How sequences that read the same tokens share the lower layers, as far as none of their diffs
 * changes these: the first of them is taken through the layers for all, and each goes on by itself
 * from there. A sequence that shares its tokens with no other is never shared.
 */
final class SharedLayers {
  private final List<Sequence> sequences;

  /** By sequence: the first one with the same tokens. */
  private final int[] first;

  /** By sequence: how many layers those with the same tokens share. */
  private final int[] shared;

  /**
   * Some layers, and what goes through them.
   *
   * @param from the first layer
   * @param to behind the last layer
   * @param columns for each token, its column in the stage before; empty in the first stage
   */
  @SuppressWarnings("ArrayRecordComponent") // read once
  record Stage(int from, int to, PackedTokens tokens, int[] columns) {
    boolean isFirst() {
      return from == 0;
    }
  }

  /** An encoding that several requests have in common, and a place in it. */
  private record Tokens(Encoding encoding, int from) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Tokens tokens && encoding == tokens.encoding && from == tokens.from;
    }

    @Override
    public int hashCode() {
      return 31 * System.identityHashCode(encoding) + from;
    }
  }

  private SharedLayers(List<Sequence> sequences) {
    this.sequences = sequences;
    this.first = new int[sequences.size()];
    this.shared = new int[sequences.size()];
    Map<Tokens, List<Integer>> groups = new HashMap<>();
    for (int i = 0; i < first.length; i++) {
      Tokens tokens = new Tokens(sequences.get(i).encoding(), sequences.get(i).from());
      groups.computeIfAbsent(tokens, key -> new ArrayList<>()).add(i);
    }
    groups.values().forEach(this::share);
  }

  private void share(List<Integer> group) {
    int layers = 0;
    if (group.size() > 1) {
      layers =
          group.stream().mapToInt(i -> delta(sequences.get(i)).untouchedLayers()).min().orElse(0);
    }
    for (int i : group) {
      first[i] = group.getFirst();
      shared[i] = layers;
    }
  }

  private static PackedDelta delta(Sequence sequence) {
    return (PackedDelta) sequence.delta();
  }

  /** The stages one after the other; the last has all sequences, as they are packed. */
  static List<Stage> stages(PackedTokens all, int layers) {
    SharedLayers sharing = new SharedLayers(all.sequences());
    int[] begins =
        IntStream.concat(IntStream.of(0), Arrays.stream(sharing.shared))
            .distinct()
            .sorted()
            .toArray();
    List<Stage> stages = new ArrayList<>();
    int[] before = {};
    for (int i = 0; i < begins.length; i++) {
      boolean last = i == begins.length - 1;
      int from = begins[i];
      PackedTokens tokens = last ? all : sharing.tokens(from);
      int[] starts = sharing.starts(tokens, from);
      int[] columns = i == 0 ? new int[0] : sharing.columns(tokens, from, starts, before);
      stages.add(new Stage(from, last ? layers : begins[i + 1], tokens, columns));
      before = starts;
    }
    return stages;
  }

  /** Whether a sequence goes through this layer, for itself or for others too. */
  private boolean goes(int sequence, int layer) {
    return shared[sequence] <= layer || first[sequence] == sequence;
  }

  private PackedTokens tokens(int layer) {
    return PackedTokens.ofSequences(
        IntStream.range(0, first.length)
            .filter(i -> goes(i, layer))
            .mapToObj(sequences::get)
            .toList());
  }

  /** By sequence: the column where it begins, or where the one begins that goes for it. */
  private int[] starts(PackedTokens tokens, int layer) {
    int[] starts = new int[first.length];
    int next = 0;
    for (int i = 0; i < starts.length; i++) {
      starts[i] = goes(i, layer) ? tokens.sequences().get(next++).start() : starts[first[i]];
    }
    return starts;
  }

  private int[] columns(PackedTokens tokens, int layer, int[] starts, int[] before) {
    int[] columns = new int[tokens.size()];
    for (int i = 0; i < starts.length; i++) {
      for (int token = 0; goes(i, layer) && token < sequences.get(i).length(); token++) {
        columns[starts[i] + token] = before[i] + token;
      }
    }
    return columns;
  }
}
