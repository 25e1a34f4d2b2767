package dev.diffstream.cli.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessMemoryTest {
  @TempDir private Path directory = Path.of("");

  @Test
  void pagesOfFilesAreInThePeakAndNotAmongTheAnonymous() throws Exception {
    Path status = directory.resolve("status");
    Files.writeString(
        status,
        """
        Name:\tjava
        VmPeak:\t 9000 kB
        VmHWM:\t     300 kB
        VmRSS:\t     250 kB
        RssAnon:\t     200 kB
        RssFile:\t      50 kB
        """);
    assertThat(ProcessMemory.of(status)).isEqualTo(new ProcessMemory(300 * 1024, 200 * 1024));
  }

  @Test
  void aProcessThatHasEndedHasNone() {
    assertThatThrownBy(() -> ProcessMemory.of(directory.resolve("status")))
        .isInstanceOf(UncheckedIOException.class);
  }
}
