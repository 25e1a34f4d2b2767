package dev.diffstream.benchmarks.diff;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Objects;

/** The report for people. */
public final class DiffReportText {
  private DiffReportText() {}

  public static void print(PrintStream out, DiffReport report) {
    out.printf("%d files, %d changed positions%n%n", report.files().size(), report.nonzeros());
    out.println("bits a position:");
    report
        .positionBits()
        .forEach((codec, bits) -> out.printf(Locale.ROOT, "  %-12s %6.2f%n", codec, bits));
    out.printf(Locale.ROOT, "  compact over bound %.4f%n%n", report.positionBitsOverBound());
    out.printf(
        "%-6s %12s %10s %12s %12s %10s %16s%n",
        "", "bytes", "of SHiRA", "decode M/s", "encode M/s", "over copy", "BERT-base, ms");
    report
        .throughput()
        .forEach(
            (precision, one) ->
                out.printf(
                    Locale.ROOT,
                    "%-6s %12d %10.4f %12.1f %12.1f %10.1f %16.2f%n",
                    precision,
                    report.fileBytes().get(precision),
                    report.fileOverPeftShira().get(precision),
                    one.decodeMillionPositionsPerSecond(),
                    one.encodeMillionPositionsPerSecond(),
                    one.decodeOverCopy(),
                    Objects.requireNonNull(report.bertBase().get(precision)).openMillis()));
    out.println();
    out.println(
        "bytes without the dense head; SHiRA is 12 bytes a position; BERT-base: mapping, SHA-256, checksums and");
    out.printf(
        "decoding of %d positions, made of these files' parameters%n",
        Throughput.BERT_BASE_POSITIONS);
  }
}
