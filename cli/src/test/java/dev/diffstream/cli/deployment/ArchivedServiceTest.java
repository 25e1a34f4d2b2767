package dev.diffstream.cli.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.cli.client.HttpJson;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A supervised service of which an archive is made while it runs. */
class ArchivedServiceTest {
  private static final int HEADER_BYTES = 1 << 16;

  private static final Supervision STABLE_AT_ONCE =
      new Supervision(
          Duration.ofMillis(100),
          Duration.ofMillis(500),
          20,
          Duration.ofSeconds(60),
          Duration.ofMillis(50),
          Duration.ofMillis(200),
          Duration.ofMillis(1));

  private final URI url = URI.create("http://127.0.0.1:" + Ports.free().worker());
  private final Path archives;
  private final ServiceProcess service;

  ArchivedServiceTest(@TempDir Path directory) throws IOException {
    this.archives = directory.resolve("classes");
    Path jar = ProgramJar.write(directory.resolve("stub.jar"), StubService.class);
    List<String> options =
        List.of(
            "-XX:+UseSerialGC",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=" + directory.resolve("crash.txt"));
    Launch launch = Launch.ofJar("stub", jar, options, archives);
    this.service =
        ServiceProcess.start(
            "stub",
            new Launch(
                launch.jvm(),
                Stream.concat(launch.rest().stream(), Stream.of(Integer.toString(url.getPort())))
                    .toList(),
                launch.archive()),
            Map.of(),
            directory.resolve("stub.log"),
            url,
            STABLE_AT_ONCE);
  }

  @AfterEach
  void stop() {
    service.close();
  }

  @Test
  void anArchiveThatBreaksTheJvmIsRemovedAndTheServiceComesUp() throws IOException {
    await("an archive is made", () -> archive().isPresent());
    zeroBehindHeader(archive().orElseThrow());
    long pid = service.pid();
    new HttpJson(url).status("/exit");
    await("another process is live", () -> service.pid() != pid && service.healthy());
    await(
        "a sound archive is made",
        () -> archive().filter(file -> !isZeroBehindHeader(file)).isPresent());
  }

  private Optional<Path> archive() {
    try (Stream<Path> files = Files.list(archives)) {
      return files.filter(file -> file.toString().endsWith(".jsa")).findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static void zeroBehindHeader(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      int length = Math.toIntExact(channel.size()) - HEADER_BYTES;
      channel.write(ByteBuffer.allocate(length), HEADER_BYTES);
    }
  }

  private static boolean isZeroBehindHeader(Path file) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      for (int i = HEADER_BYTES; i < bytes.length; i++) {
        if (bytes[i] != 0) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      return true; // it was just removed
    }
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("not within two minutes: " + what).isLessThan(deadline);
      LockSupport.parkNanos(20_000_000L);
    }
  }
}
