package dev.diffstream.settings;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class ServiceMainTest {
  @Test
  void aModuleThatTheJvmLacksIsNamedWithItsOption() {
    assertThatThrownBy(() -> ServiceMain.requireModule("no.such.module"))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining("start java with --add-modules=no.such.module");
    assertThatCode(() -> ServiceMain.requireModule("java.base")).doesNotThrowAnyException();
  }
}
