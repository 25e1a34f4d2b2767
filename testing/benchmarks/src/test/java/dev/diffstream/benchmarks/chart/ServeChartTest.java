package dev.diffstream.benchmarks.chart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.json.Json;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

final class ServeChartTest {
  private static JsonNode json(String text) {
    return Json.parse(text.getBytes(UTF_8), "report");
  }

  @Test
  void aReportBecomesAPicture() throws IOException {
    byte[] png =
        ServeChart.png(
            json(
                "{\"clients\":16,\"cores\":2,\"instructions\":\"avx2\",\"sizes\":["
                    + "{\"tasks\":1,\"textsPerSecond\":100,\"p50Millis\":20,\"p99Millis\":90},"
                    + "{\"tasks\":1024,\"textsPerSecond\":99,\"p50Millis\":21,\"p99Millis\":95}]}"));
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
    assertThat(image.getWidth()).isEqualTo(900);
    Set<Integer> colours = new HashSet<>();
    for (int x = 0; x < image.getWidth(); x++) {
      for (int y = 0; y < image.getHeight(); y++) {
        colours.add(image.getRGB(x, y));
      }
    }
    assertThat(colours).as("three lines, axes and ground").hasSizeGreaterThan(5);
  }

  @Test
  void anotherReportIsRefused() {
    assertThatThrownBy(() -> ServeChart.png(json("{\"batch\":{}}")))
        .hasMessage("INVALID_REQUEST: expected a report of bench serve, with sizes");
  }
}
