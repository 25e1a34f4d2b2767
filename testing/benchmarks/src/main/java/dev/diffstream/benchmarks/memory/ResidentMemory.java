package dev.diffstream.benchmarks.memory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The resident memory of this process as Linux counts it, in bytes. */
public final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ResidentMemory() {}

  /** The most that it had so far. */
  public static long peakBytes() {
    return bytes("VmHWM:");
  }

  /** What it has now. */
  static long currentBytes() {
    return bytes("VmRSS:");
  }

  private static long bytes(String field) {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(field))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException("resident memory is read from " + STATUS, e);
    }
  }
}
