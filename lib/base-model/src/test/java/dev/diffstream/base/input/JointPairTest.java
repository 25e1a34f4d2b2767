package dev.diffstream.base.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.diffstream.base.Base;
import dev.diffstream.base.TinyBert;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.base.format.BaseSource;
import dev.diffstream.schemas.diff.model.PairEncoding;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Two texts in one sequence, against known ids and the tokeniser library's own pairs. */
final class JointPairTest {
  @SuppressWarnings("unused") // a field source
  static final List<String> FAMILIES = TinyBert.FAMILIES;

  /** Of no, one, several and many tokens. */
  private static final List<String> TEXTS =
      List.of(
          "",
          "cat",
          "the cat sat",
          "The man is eating food.",
          "Naïve café ☕ \u200b x",
          "very good food ".repeat(9));

  @Test
  void idsAndTypesOfMiniLmAreThoseOfBert() throws IOException {
    try (Tokenizer tokenizer = Tokenizer.of(miniLm())) {
      Encoding pair = tokenizer.encodeJoint("the cat sat", "a dog", 16, 2);
      assertThat(pair.ids()).containsExactly(101, 1996, 4937, 2938, 102, 1037, 3899, 102);
      assertThat(pair.typeIds()).containsExactly(0, 0, 0, 0, 0, 1, 1, 1);
      assertThat(pair.isPair()).isFalse();
      assertThat(pair.truncated()).isFalse();
      assertThat(pair.maxSequenceLength()).isEqualTo(8);
      assertThat(tokenizer.minJointTokens()).hasValue(5);
    }
  }

  @Test
  void theLongerTextGivesWayFirst() throws IOException {
    try (Tokenizer tokenizer = Tokenizer.of(miniLm())) {
      assertKept(tokenizer, 6, 2, 9, 4, 2);
      assertKept(tokenizer, 2, 6, 9, 2, 4);
      assertKept(tokenizer, 6, 6, 9, 3, 3);
      assertKept(tokenizer, 6, 6, 10, 3, 4);
      assertKept(tokenizer, 7, 6, 10, 4, 3);
      assertKept(tokenizer, 6, 7, 10, 3, 4);
      assertKept(tokenizer, 0, 9, 8, 0, 5);
      assertKept(tokenizer, 9, 0, 8, 5, 0);
      assertKept(tokenizer, 9, 9, 5, 1, 1);
      assertKept(tokenizer, 3, 3, 9, 3, 3);
      assertKept(tokenizer, 0, 0, 9, 0, 0);
    }
  }

  private static void assertKept(
      Tokenizer tokenizer, int first, int second, int maxTokens, int keptFirst, int keptSecond) {
    Encoding pair =
        tokenizer.encodeJoint("cat ".repeat(first), "dog ".repeat(second), maxTokens, 2);
    int[] ids = pair.ids();
    assertThat(Arrays.stream(ids).filter(id -> id == 4937).count()).isEqualTo(keptFirst);
    assertThat(Arrays.stream(ids).filter(id -> id == 3899).count()).isEqualTo(keptSecond);
    assertThat(ids).hasSize(keptFirst + keptSecond + 3);
    assertThat(Arrays.stream(pair.typeIds()).sum()).isEqualTo(keptSecond + 1);
    assertThat(pair.truncated()).isEqualTo(first + second > keptFirst + keptSecond);
  }

  @Test
  void miniLmEncodesAsTheLibraryDoes() throws IOException {
    assertAsTheLibrary(miniLm(), 2);
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void everyFamilyEncodesAsTheLibraryDoes(String family) throws IOException {
    TinyBert files = TinyBert.ofFamily(family);
    assertAsTheLibrary(files.bytes("tokenizer.json"), 2);
    try (Base base = Base.from(files)) {
      Encoding pair = base.encode("the cat", "the man", new TextReading(16, PairEncoding.JOINT));
      int types = base.architecture().typeVocab();
      assertThat(Arrays.stream(pair.typeIds()))
          .allMatch(type -> type >= 0 && type < Math.max(1, types));
      assertThat(base.encoder().features(Batch.of(List.of(pair)))[0])
          .hasSize(base.architecture().hidden());
    }
  }

  private static void assertAsTheLibrary(byte[] json, int types) throws IOException {
    TensorEngine.configure();
    try (Tokenizer tokenizer = Tokenizer.of(json)) {
      int least = tokenizer.minJointTokens().orElseThrow();
      for (int maxTokens : new int[] {least, least + 1, 9, 12, 64}) {
        Map<String, String> options =
            Map.of(
                "truncation", "longest_first",
                "padding", "false",
                "maxLength", Integer.toString(maxTokens),
                "modelMaxLength", "1000000");
        try (HuggingFaceTokenizer library =
            HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options)) {
          for (String first : TEXTS) {
            for (String second : TEXTS) {
              assertSame(tokenizer, library, first, second, maxTokens, types);
            }
          }
        }
      }
    }
  }

  private static void assertSame(
      Tokenizer tokenizer,
      HuggingFaceTokenizer library,
      String first,
      String second,
      int maxTokens,
      int types) {
    Encoding pair = tokenizer.encodeJoint(first, second, maxTokens, types);
    var expected = library.encode(first, second, true, false);
    String as = "\"%s\" and \"%s\" in %d".formatted(first, second, maxTokens);
    assertThat(Arrays.stream(pair.ids()).asLongStream().toArray())
        .as(as)
        .containsExactly(expected.getIds());
    assertThat(Arrays.stream(pair.typeIds()).asLongStream().toArray())
        .as(as)
        .containsExactly(expected.getTypeIds());
    assertThat(pair.length()).as(as).isLessThanOrEqualTo(maxTokens);
  }

  @Test
  void robertaPutsTwoSeparatorsBetweenAndHasOneType() {
    try (Base base = Base.from(TinyBert.ofFamily("roberta"))) {
      Tokenizer tokenizer = base.tokenizer();
      int[] first = tokenizer.encode("the cat", null, 16).ids();
      int[] second = tokenizer.encode("the man", null, 16).ids();
      int[] joint =
          base.encode("the cat", "the man", new TextReading(16, PairEncoding.JOINT)).ids();
      int[] expected = Arrays.copyOf(first, first.length + second.length);
      System.arraycopy(second, 0, expected, first.length, second.length);
      expected[first.length] = first[first.length - 1];
      assertThat(joint).containsExactly(expected);
      assertThat(tokenizer.minJointTokens()).hasValue(6);
    }
  }

  @Test
  void tooFewTokensForTwoTextsAreRefused() throws IOException {
    try (Tokenizer tokenizer = Tokenizer.of(miniLm())) {
      assertThatThrownBy(() -> tokenizer.encodeJoint("a", "b", 4, 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("maxTokens must be at least 5 for a joint pair, but is 4");
    }
  }

  @Test
  void aBaseReadsPairsAsItIsTold() {
    try (Base base = TinyBert.load("gelu")) {
      TextReading joint = new TextReading(16, PairEncoding.JOINT);
      assertThat(base.encode("the cat", "food", joint).isPair()).isFalse();
      assertThat(base.encode("the cat", "food", TextReading.separate(16)).isPair()).isTrue();
      assertThat(base.encode("the cat", null, joint).ids())
          .containsExactly(base.tokenizer().encode("the cat", null, 16).ids());
    }
  }

  private static byte[] miniLm() throws IOException {
    try (InputStream in = BaseSource.miniLm().open("tokenizer.json").orElseThrow()) {
      return in.readAllBytes();
    }
  }
}
