package dev.diffstream.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileFaultTest {
  @TempDir private Path directory;

  @Test
  void saysWhatIsWrongInWords() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    Path missing = directory.resolve("missing");
    assertThat(said(() -> Files.readAllBytes(missing))).isEqualTo(missing + ": no such file");
    assertThat(said(() -> Files.readAllBytes(directory))).isEqualTo("is a directory");
    assertThat(said(() -> Files.write(directory, new byte[1])))
        .isEqualTo(directory + ": is a directory");
    assertThat(said(() -> Files.createDirectories(file))).isEqualTo(file + ": is there already");
    assertThat(said(() -> Files.list(file).close())).isEqualTo(file + ": is no directory");
    assertThat(FileFault.of(new AccessDeniedException("f"))).isEqualTo("f: permission denied");
    assertThat(FileFault.of(new IOException())).isEqualTo("cannot be used");
  }

  @Test
  void namesAFileOnce() {
    Path missing = directory.resolve("missing");
    IOException fault = catchThrowableOfType(IOException.class, () -> Files.readAllBytes(missing));
    assertThat(FileFault.of(fault, missing)).isEqualTo("no such file");
    assertThat(FileFault.of(fault, directory)).isEqualTo(missing + ": no such file");
  }

  @Test
  void isFoundInWhatWrapsIt() {
    IOException fault = new AccessDeniedException("f");
    assertThat(FileFault.in(fault)).contains("f: permission denied");
    assertThat(FileFault.in(new UncheckedIOException(fault))).contains("f: permission denied");
    assertThat(FileFault.in(new IllegalStateException(fault))).isEmpty();
  }

  private static String said(ThrowingCallable action) {
    return FileFault.of(catchThrowableOfType(IOException.class, action));
  }
}
