package dev.diffstream.cli.diff;

import java.util.Arrays;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The forms in which diffs come and go. */
enum ExchangeFormat {
  PEFT_SHIRA("peft-shira"),
  SAFETENSORS("safetensors"),
  HUGGINGFACE("huggingface");

  private final String text;

  ExchangeFormat(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }

  /** From an option. */
  static final class Converter implements ITypeConverter<ExchangeFormat> {
    @Override
    public ExchangeFormat convert(String value) {
      return Arrays.stream(values())
          .filter(format -> format.text.equals(value))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "expected peft-shira, safetensors or huggingface, got " + value));
    }
  }
}
