package dev.diffstream.benchmarks.chart;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.Styler.YAxisPosition;

/** Throughput and latency of a gateway over the number of its tasks. */
public final class ServeChart {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 480;
  private static final int THROUGHPUT = 0;
  private static final int LATENCY = 1;

  private ServeChart() {}

  /**
   * A PNG.
   *
   * @param report of {@code bench serve}
   * @throws DiffstreamException INVALID_REQUEST if it has no {@code sizes}
   */
  public static byte[] png(JsonNode report) {
    JsonNode sizes = report.path("sizes");
    if (sizes.isEmpty()) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST, "expected a report of bench serve, with sizes");
    }
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(
                "One base, many tasks: %d clients, %d cores, %s"
                    .formatted(
                        report.path("clients").asInt(),
                        report.path("cores").asInt(),
                        report.path("instructions").asText()))
            .xAxisTitle("tasks, asked by Zipf's law")
            .build();
    chart.getStyler().setXAxisLogarithmic(true).setLegendPosition(LegendPosition.OutsideS);
    chart.getStyler().setYAxisMin(THROUGHPUT, 0.0).setYAxisMin(LATENCY, 0.0);
    chart.getStyler().setYAxisGroupPosition(LATENCY, YAxisPosition.Right);
    chart.setYAxisGroupTitle(THROUGHPUT, "texts a second");
    chart.setYAxisGroupTitle(LATENCY, "milliseconds");
    add(chart, sizes, "textsPerSecond", "texts a second", THROUGHPUT);
    add(chart, sizes, "p50Millis", "median, ms", LATENCY);
    add(chart, sizes, "p99Millis", "99th percentile, ms", LATENCY);
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      BitmapEncoder.saveBitmap(chart, bytes, BitmapFormat.PNG);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
  }

  private static void add(XYChart chart, JsonNode sizes, String field, String name, int axis) {
    List<Integer> tasks = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (JsonNode size : sizes) {
      if (size.path(field).isNumber()) {
        tasks.add(size.path("tasks").asInt());
        values.add(size.path(field).asDouble());
      }
    }
    if (!tasks.isEmpty()) {
      chart.addSeries(name, tasks, values).setYAxisGroup(axis);
    }
  }
}
