package dev.diffstream.cli.diff.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class HeatMapTest {
  @Test
  void shadesByTheLogarithm() {
    HeatMap map = map();
    assertThat(map.layers()).containsExactly(-1, 0, 11);
    assertThat(map.kinds())
        .containsExactly("a.bias", "a.weight", "embeddings.word_embeddings.weight");
    assertThat(map.shade(0.0001)).isZero();
    assertThat(map.shade(0.001)).isCloseTo(0.5, within(1e-12));
    assertThat(map.shade(0.01)).isEqualTo(1);
    assertThat(map.value(11, "a.bias")).isEmpty();
  }

  @Test
  void standsInATerminal() {
    StringWriter out = new StringWriter();
    HeatMapText.print(new PrintWriter(out), map(), "density");
    assertThat(out.toString())
        .isEqualTo(
            """
            density: · 0.00010, ░ ▒ ▓ by the logarithm, █ 0.010; blank: no change

                      a  b  c
            outside         ▒▒
            layer 0   ·· ██
            layer 11     ▒▒

              a  a.bias
              b  a.weight
              c  embeddings.word_embeddings.weight
            """);
  }

  private static HeatMap map() {
    HeatMap map = new HeatMap();
    map.put("embeddings.word_embeddings.weight", 0.001);
    map.put("encoder.layer.0.a.weight", 0.01);
    map.put("encoder.layer.0.a.bias", 0.0001);
    map.put("encoder.layer.11.a.weight", 0.001);
    return map;
  }
}
