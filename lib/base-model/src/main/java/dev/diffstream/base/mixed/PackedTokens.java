package dev.diffstream.base.mixed;

import dev.diffstream.base.architecture.EncoderPlan;
import dev.diffstream.base.architecture.EncoderPlan.Table;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.mixed.MixedPass.Request;
import java.util.ArrayList;
import java.util.List;

/** The sequences of some requests, one behind the other, without padding. */
final class PackedTokens {
  private final List<Sequence> sequences = new ArrayList<>();
  private int tokens;

  /**
   * A text, or one text of a pair.
   *
   * @param from index of its first token in the encoding
   * @param start index of its first token among all
   * @param length number of its tokens
   */
  record Sequence(Encoding encoding, AddedDelta delta, int from, int start, int length) {
    int id(int token) {
      return encoding.id(from + token);
    }

    int typeId(int token) {
      return encoding.typeId(from + token);
    }

    /** The row of a table that a token of this sequence takes. */
    int row(EncoderPlan.Embeddings embeddings, Table table, int token) {
      if (table.equals(embeddings.words())) {
        return id(token);
      }
      return table.equals(embeddings.positions())
          ? embeddings.firstPosition() + token
          : typeId(token);
    }
  }

  private PackedTokens() {}

  /** The sequences of each request follow each other: one for a text, two for a pair. */
  PackedTokens(List<Request> requests) {
    for (Request request : requests) {
      Encoding encoding = request.encoding();
      AddedDelta delta = (AddedDelta) request.delta();
      add(encoding, delta, 0, encoding.secondStart());
      if (encoding.isPair()) {
        add(encoding, delta, encoding.secondStart(), encoding.length());
      }
    }
  }

  /** Sequences of others, packed anew. */
  static PackedTokens ofSequences(List<Sequence> sequences) {
    PackedTokens packed = new PackedTokens();
    for (Sequence sequence : sequences) {
      int to = sequence.from() + sequence.length();
      packed.add(sequence.encoding(), sequence.delta(), sequence.from(), to);
    }
    return packed;
  }

  private void add(Encoding encoding, AddedDelta delta, int from, int to) {
    sequences.add(new Sequence(encoding, delta, from, tokens, to - from));
    tokens += to - from;
  }

  List<Sequence> sequences() {
    return sequences;
  }

  int maxLength() {
    return sequences.stream().mapToInt(Sequence::length).max().orElse(0);
  }

  /** Number of all tokens. */
  int size() {
    return tokens;
  }
}
