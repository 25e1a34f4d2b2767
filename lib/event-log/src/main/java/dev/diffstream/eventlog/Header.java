package dev.diffstream.eventlog;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A header of a record: any bytes, or none ({@code null}). Names may repeat, and their order is
 * kept.
 */
@SuppressWarnings("ArrayRecordComponent") // equals and hashCode compare the bytes
public record Header(String name, byte @Nullable [] value) {
  /** A header of UTF-8 text. */
  public static Header of(String name, String text) {
    return new Header(name, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Headers of UTF-8 text. */
  public static List<Header> listOf(Map<String, String> headers) {
    List<Header> list = new ArrayList<>();
    headers.forEach((name, text) -> list.add(of(name, text)));
    return List.copyOf(list);
  }

  /**
   * The text of each header. Of headers with the same name the last one counts; one without a value
   * is empty; bytes that are not UTF-8 become U+FFFD.
   */
  public static Map<String, String> byName(List<Header> headers) {
    Map<String, String> texts = new HashMap<>();
    headers.forEach(header -> texts.put(header.name(), text(header.value())));
    return texts;
  }

  static String text(byte @Nullable [] bytes) {
    return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
  }

  /** The bytes of name and value. */
  public long size() {
    return name.getBytes(StandardCharsets.UTF_8).length + (value == null ? 0L : value.length);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Header header
        && name.equals(header.name)
        && Arrays.equals(value, header.value);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, Arrays.hashCode(value));
  }

  @Override
  public String toString() {
    return name + "=" + (value == null ? "null" : text(value));
  }
}
