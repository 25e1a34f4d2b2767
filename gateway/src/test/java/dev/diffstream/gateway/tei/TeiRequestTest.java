package dev.diffstream.gateway.tei;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class TeiRequestTest {
  private static TeiRequest read(String json) {
    return TeiRequest.read(json.getBytes(UTF_8));
  }

  @Test
  void tokensAreGivenOfABoundedNumberOfCharacters() {
    String half = "x".repeat(50_000);
    assertThat(read("{\"inputs\":[\"%s\",\"%s\"]}".formatted(half, half)).texts(8)).hasSize(2);
    assertThatThrownBy(() -> read("{\"inputs\":[\"%s\",\"%s!\"]}".formatted(half, half)).texts(8))
        .hasMessage(
            "INVALID_REQUEST: expected at most 100,000 characters to split into tokens, got 100,001");
  }

  @Test
  void fieldsThatSayNothingHereArePassedOver() {
    TeiRequest request = read("{\"inputs\":\"a\",\"truncation_direction\":\"Left\",\"x\":null}");
    assertThat(request.predict(8).examples()).hasSize(1);
    assertThat(request.predict(8).options().refuseLongTexts()).isTrue();
    assertThat(request.rawScores()).isFalse();
    assertThat(request.addSpecialTokens()).isTrue();
  }

  @Test
  void halfASurrogatePairIsNamed() {
    assertThatThrownBy(() -> read("{\"inputs\":[[\"a\"],[\"\\ud83d\"]]}").predict(8))
        .hasMessageStartingWith("INVALID_REQUEST: inputs[1][0] has half a surrogate pair");
  }
}
