package dev.diffstream.cli.bench.serve;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A process's memory as Linux counts it.
 *
 * @param peakBytes the most that was resident so far, pages of mapped files included
 * @param anonymousBytes what is resident and no page of a file: heap, tensors, metaspace, compiled
 *     code, stacks, and pages of mapped files that were written to
 */
record ProcessMemory(long peakBytes, long anonymousBytes) {
  /**
   * @param status the {@code status} of a process under {@code /proc}
   * @throws UncheckedIOException if it cannot be read, as when the process has ended
   */
  static ProcessMemory of(Path status) {
    try {
      List<String> lines = Files.readAllLines(status);
      return new ProcessMemory(bytes(lines, "VmHWM:"), bytes(lines, "RssAnon:"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long bytes(List<String> lines, String name) {
    return lines.stream()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no " + name + " in " + lines));
  }
}
