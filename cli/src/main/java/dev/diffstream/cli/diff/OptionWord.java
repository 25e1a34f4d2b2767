package dev.diffstream.cli.diff;

import dev.diffstream.cli.exchange.ShiraExport;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.diff.arithmetic.MergeMethod;
import dev.diffstream.schemas.diff.format.Profile;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import java.util.function.Function;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Options of which the value is one of a few words; any other word is wrong use. */
final class OptionWord {
  private OptionWord() {}

  private static <T> T of(Function<String, T> words, String word) {
    try {
      return words.apply(word);
    } catch (DiffstreamException e) {
      throw new TypeConversionException(e.reason());
    }
  }

  /** compact or plain. */
  static final class OfProfile implements ITypeConverter<Profile> {
    @Override
    public Profile convert(String word) {
      return of(Profile::of, word);
    }
  }

  /** fp32 and others. */
  static final class OfPrecision implements ITypeConverter<ValuePrecision> {
    @Override
    public ValuePrecision convert(String word) {
      return of(ValuePrecision::of, word);
    }
  }

  /** add or overlap-aware. */
  static final class OfMethod implements ITypeConverter<MergeMethod> {
    @Override
    public MergeMethod convert(String word) {
      return of(MergeMethod::of, word);
    }
  }

  /** refuse, whole or leave-out. */
  static final class OfOthers implements ITypeConverter<ShiraExport.Others> {
    @Override
    public ShiraExport.Others convert(String word) {
      return switch (word) {
        case "refuse" -> ShiraExport.Others.REFUSE;
        case "whole" -> ShiraExport.Others.WHOLE;
        case "leave-out" -> ShiraExport.Others.LEAVE_OUT;
        default ->
            throw new TypeConversionException("expected refuse, whole or leave-out, got: " + word);
      };
    }
  }
}
