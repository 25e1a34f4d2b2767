package dev.diffstream.cli.exchange;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.diffstream.cli.file.OutputFile;
import java.nio.file.Path;

/** JSON files for other programs: indented, keys in order, a line feed at the end. */
final class ExchangeJson {
  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);
  private static final DefaultIndenter LINES = new DefaultIndenter("  ", "\n");

  private ExchangeJson() {}

  static String text(Object value) {
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
    printer.indentArraysWith(LINES);
    printer.indentObjectsWith(LINES);
    try {
      return MAPPER.writer(printer).writeValueAsString(value) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not representable as JSON", e);
    }
  }

  static void write(Path file, Object value) {
    OutputFile.write(file, text(value));
  }

  static void write(Path file, byte[] bytes) {
    OutputFile.write(file, out -> out.write(bytes));
  }
}
