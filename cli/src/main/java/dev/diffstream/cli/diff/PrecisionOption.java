package dev.diffstream.cli.diff;

import dev.diffstream.schemas.diff.arithmetic.RoundedDiff;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --precision}: how the values of a new diff file are stored. */
final class PrecisionOption {
  @Option(
      names = "--precision",
      paramLabel = "PRECISION",
      converter = OptionWord.OfPrecision.class,
      description =
          "How values are stored: fp32, fp16, bf16, int8, int4 or int1 (default: as the source or all the files say, else fp32).")
  private @Nullable ValuePrecision precision;

  ValuePrecision of(List<ValuePrecision> given) {
    if (precision != null) {
      return precision;
    }
    boolean alike = given.stream().distinct().count() == 1;
    return alike ? given.getFirst() : ValuePrecision.FP32;
  }

  /** One line, if there is anything to say. */
  void printTooSmall(RoundedDiff rounded, PrintWriter out) {
    if (rounded.tooSmall() > 0) {
      out.printf(
          "%d values were too small for %s and are left out%n",
          rounded.tooSmall(), rounded.diff().metadata().precision().text());
    }
  }
}
