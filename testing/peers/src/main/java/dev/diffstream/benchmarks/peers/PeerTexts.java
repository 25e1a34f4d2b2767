package dev.diffstream.benchmarks.peers;

import dev.diffstream.base.Base;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.mixed.MixedPass.Request;
import dev.diffstream.base.mixed.PreparedDelta;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Short texts of random words, and the head that scores them. */
record PeerTexts(List<Encoding> texts, Head head) {
  private static final int TEXTS = 16;
  private static final int MIN_TOKENS = 8;
  private static final int MAX_TOKENS = 32;
  private static final int FIRST_WORD = 1000;
  private static final int OUTPUTS = 3;

  static PeerTexts random(Base base, Random random) {
    Head head = new Head(OUTPUTS, base.encoder().featureCount(false));
    for (int i = 0; i < head.weight().capacity(); i++) {
      head.weight().put(i, (float) random.nextGaussian() * 0.1f);
    }
    List<Encoding> texts = new ArrayList<>();
    int vocab = base.architecture().vocab();
    for (int i = 0; i < TEXTS; i++) {
      int tokens = random.nextInt(MIN_TOKENS, MAX_TOKENS + 1);
      texts.add(Encoding.ofTokens(random.ints(tokens, FIRST_WORD, vocab).toArray()));
    }
    return new PeerTexts(texts, head);
  }

  int size() {
    return texts.size();
  }

  int tokens() {
    return texts.stream().mapToInt(Encoding::length).sum();
  }

  /** Each text, asked of the diff of its number. */
  List<Request> requests(IntFunction<PreparedDelta> diff) {
    return IntStream.range(0, texts.size())
        .mapToObj(i -> new Request(texts.get(i), diff.apply(i), head, null))
        .toList();
  }
}
