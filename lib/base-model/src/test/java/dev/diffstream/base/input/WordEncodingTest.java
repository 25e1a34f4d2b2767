package dev.diffstream.base.input;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Where the words of a text begin among its tokens. */
final class WordEncodingTest {
  private static final Base BASE = Base.miniLm();

  @AfterAll
  static void close() {
    BASE.close();
  }

  @Test
  void aWordsFirstTokenStandsForIt() {
    // [CLS] an ##tic ##ons ##ti ... : several tokens a word, punctuation is a token of its word
    WordEncoding encoded = BASE.tokenizer().encodeWords(" The  anticonstitutional cat, sat.", 64);
    assertThat(encoded.words()).hasSize(4);
    String[] begins = {"the", "anti", "cat", "sat"};
    for (int i = 0; i < 4; i++) {
      int id = encoded.encoding().ids()[encoded.positions()[i]];
      assertThat(BASE.tokenizer().token(id)).isEqualTo(begins[i]);
    }
  }

  @Test
  void charactersOutsideTheBasicPlaneAndNonBreakingSpacesCountAsTheyShould() {
    String text = "😀😀 cat\u00a0sat 𝒜𝒜 caf\u00e9 mat";
    WordEncoding encoded = BASE.tokenizer().encodeWords(text, 64);
    assertThat(encoded.words()).hasSize(6);
    int[] ids = encoded.encoding().ids();
    assertThat(BASE.tokenizer().token(ids[encoded.positions()[1]])).isEqualTo("cat");
    assertThat(BASE.tokenizer().token(ids[encoded.positions()[2]])).isEqualTo("sat");
    assertThat(BASE.tokenizer().token(ids[encoded.positions()[4]])).isEqualTo("cafe");
    assertThat(BASE.tokenizer().token(ids[encoded.positions()[5]])).isEqualTo("mat");
  }

  @Test
  void wordsThatAreCutOrPassedOverHaveNoPlace() {
    WordEncoding cut = BASE.tokenizer().encodeWords("one two three four", 5);
    assertThat(cut.positions()).containsExactly(1, 2, 3, -1);
    assertThat(cut.firstTokenPositions()).containsExactly(1, 2, 3);
    WordEncoding passed = BASE.tokenizer().encodeWords("one \u200d\u0000 two", 9);
    assertThat(passed.words()).hasSize(3);
    assertThat(passed.positions()).containsExactly(1, -1, 2);
  }

  @Test
  void theMaskIsKnown() {
    assertThat(BASE.tokenizer().maskToken()).isEqualTo("[MASK]");
    assertThat(BASE.tokenizer().maskId()).hasValue(103);
    Encoding encoded = BASE.tokenizer().encode("the [MASK] sat", null, 9);
    assertThat(encoded.ids()[2]).isEqualTo(103);
    assertThat(encoded.with(new int[] {2, 1}, new int[] {7, 8}).ids())
        .startsWith(101, 8, 7)
        .hasSize(5);
    assertThat(encoded.ids()[2]).isEqualTo(103);
  }
}
