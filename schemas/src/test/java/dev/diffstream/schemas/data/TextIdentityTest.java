package dev.diffstream.schemas.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which texts count as the same when a data set is split. */
class TextIdentityTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      quoteCharacter = '`',
      value = {
        "The parcel is late.|THE PARCEL IS LATE.",
        "The parcel is late.| the  parcel\u00a0is late .",
        "parcel|par\u200bcel\ufeff",
        "caf\u00e9|CAFE\u0301",
        "STRASSE|strasse",
        "\ufb01le|file",
        "\u0130zmir|izmir",
        "\u6570 \u636e|\u6570\u636e",
        "a\tb|a b",
      })
  void theseAreTheSame(String one, String other) {
    assertThat(TextIdentity.of(one, null)).isEqualTo(TextIdentity.of(other, null));
  }

  @ParameterizedTest
  @CsvSource({
    "now here, nowhere",
    "late!, late",
    "parcel 1, parcel 2",
    "-1, 1",
    "\u2764, \u2665",
    "\ufe0f, \u200d",
  })
  void theseAreNot(String one, String other) {
    assertThat(TextIdentity.of(one, null)).isNotEqualTo(TextIdentity.of(other, null));
  }

  @Test
  void aPairIsTheSameInEitherOrder() {
    assertThat(TextIdentity.of("a b", "c")).isEqualTo(TextIdentity.of("C", "A B"));
    assertThat(TextIdentity.of("a b", "c")).isNotEqualTo(TextIdentity.of("a", "b c"));
    assertThat(TextIdentity.of("a", "")).isNotEqualTo(TextIdentity.of("a", null));
  }

  @Test
  void aLetterWithVeryManyMarksTakesNoLongerThanOtherTexts() {
    String marks = "\u0301\u0316".repeat(250_000);
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> assertThat(TextIdentity.of("e" + marks, null)).isEqualTo(TextIdentity.of("E", null)));
  }

  @Test
  void nothingIsSeenOfWhiteSpaceControlsAndFillers() {
    assertThat(InvisibleCharacters.isBlank(" \t\u00a0\u200b\u200d\ufeff\u3164\ufe0f\0")).isTrue();
    assertThat(InvisibleCharacters.isBlank("")).isTrue();
    assertThat(InvisibleCharacters.isBlank("\u00a9")).isFalse();
    assertThat(InvisibleCharacters.isBlank("\u200b\ud83d\ude9a")).isFalse();
    assertThat(InvisibleCharacters.isBlank("\u0600")).isFalse();
  }
}
