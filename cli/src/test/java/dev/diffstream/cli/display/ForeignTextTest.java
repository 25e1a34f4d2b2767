package dev.diffstream.cli.display;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ForeignTextTest {
  @Test
  void nothingSteersTheTerminal() {
    String title = "\u001b]0;owned\u0007 caf\u00e9 \u202eabc\r\n\u4efb\u52a1";
    assertThat(ForeignText.line(title))
        .isEqualTo("\\u001b]0;owned\\u0007 caf\u00e9 \\u202eabc\\u000d\\u000a\u4efb\u52a1");
    assertThat(ForeignText.lines("a\n\tb\u001b")).isEqualTo("a\n\tb\\u001b");
  }

  @Test
  void longTextsAreCut() {
    assertThat(ForeignText.line("x".repeat(5_000))).endsWith("x … (5000 characters)").hasSize(4020);
  }
}
