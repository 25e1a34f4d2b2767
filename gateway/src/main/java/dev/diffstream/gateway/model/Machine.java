package dev.diffstream.gateway.model;

import dev.diffstream.base.Base;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.service.ProgramVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What computes: this build, the engine, and the kind of processor. */
final class Machine {
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
  private static final String PROGRAM =
      ProgramVersion.of(List.of(Machine.class, Base.class, Diff.class));

  private Machine() {}

  /**
   * Starts the engine.
   *
   * @param form in which it computes
   */
  static String name(String form) {
    return String.join(
        "\n",
        PROGRAM,
        TensorEngine.description(),
        form,
        System.getProperty("os.arch"),
        processor());
  }

  private static String processor() {
    try (Stream<String> lines = Files.lines(PROCESSORS)) {
      return lines.filter(line -> line.startsWith("model name")).findFirst().orElse("unnamed");
    } catch (IOException e) {
      return "unnamed";
    }
  }
}
