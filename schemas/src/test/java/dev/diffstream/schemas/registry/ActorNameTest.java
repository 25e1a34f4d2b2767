package dev.diffstream.schemas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ActorNameTest {
  @ParameterizedTest
  @ValueSource(strings = {"ada", "ada@example.org", "auth0|5f2", "CN=Ada Lovelace, O=Example", "x"})
  void namesOfPeopleAndPrograms(String text) {
    assertThat(new ActorName(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        " ada",
        "ada ",
        "a  b",
        "a\nb",
        "a\tb",
        "a\u007f",
        "Zo\u00eb",
        "registry"
      })
  void otherFormsAreRefused(String text) {
    assertThatThrownBy(() -> new ActorName(text))
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
              assertThat(e.reason()).contains("Diffstream-Actor").matches("[ -~]+");
            });
  }

  @Test
  void theLengthIsThatOfTheSchemas() {
    assertThat(new ActorName("a".repeat(256)).text()).hasSize(256);
    assertThatThrownBy(() -> new ActorName("a".repeat(257))).hasMessageContaining("257");
  }

  @Test
  void anyUserOfAnOperatingSystemHasAName() {
    assertThat(ActorName.ofUser("ada").text()).isEqualTo("ada");
    assertThat(ActorName.ofUser("Zo\u00eb L.").text()).isEqualTo("Zo__L.");
    assertThat(ActorName.ofUser("a".repeat(300)).text()).hasSize(256);
    assertThat(ActorName.ofUser(" ")).isEqualTo(ActorName.ANONYMOUS);
    assertThat(ActorName.ofUser("registry")).isEqualTo(ActorName.ANONYMOUS);
  }
}
