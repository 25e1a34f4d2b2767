package dev.diffstream.cli.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.cli.client.HttpJson;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceProcessTest {
  private static final Supervision QUICK =
      new Supervision(
          Duration.ofMillis(100),
          Duration.ofMillis(500),
          3,
          Duration.ofSeconds(60),
          Duration.ofMillis(50),
          Duration.ofMillis(200),
          Duration.ofSeconds(60));

  private final URI url = URI.create("http://127.0.0.1:" + Ports.free().worker());
  private final ServiceProcess service;

  ServiceProcessTest(@TempDir Path directory) throws Exception {
    Path classes =
        Path.of(StubService.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            classes.toString(),
            StubService.class.getName(),
            Integer.toString(url.getPort()));
    service =
        ServiceProcess.start(
            "stub", Launch.of(command), Map.of(), directory.resolve("stub.log"), url, QUICK);
  }

  @BeforeEach
  void isLive() {
    await("the stub is live", service::healthy);
  }

  @AfterEach
  void stop() {
    long pid = service.pid();
    service.close();
    assertThat(ProcessHandle.of(pid)).as("no process is left behind").isEmpty();
  }

  @Test
  void aHungProcessIsKilledAndStartedAgain() throws IOException, InterruptedException {
    long hung = service.pid();
    Process signal = new ProcessBuilder("kill", "-STOP", Long.toString(hung)).start();
    assertThat(signal.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(signal.exitValue()).isZero();
    await("another process is live", () -> service.pid() != hung && service.healthy());
    assertThat(ProcessHandle.of(hung)).isEmpty();
  }

  @Test
  void aProcessThatSaysItIsNotLiveIsKilledAndStartedAgain() {
    long pid = service.pid();
    new HttpJson(url).status("/not-live");
    await("another process is live", () -> service.pid() != pid && service.healthy());
  }

  @Test
  void aProcessThatEndsItselfIsStartedAgain() {
    for (int i = 0; i < 3; i++) {
      long pid = service.pid();
      new HttpJson(url).status("/exit");
      await("another process is live", () -> service.pid() != pid && service.healthy());
    }
  }

  @Test
  void pausesOfACrashLoopDoubleToAHalfMinute() {
    Supervision supervision = Supervision.DEFAULT;
    assertThat(Stream.iterate(supervision.firstPause(), supervision::pauseAfter).limit(7))
        .extracting(Duration::toSeconds)
        .containsExactly(1L, 2L, 4L, 8L, 16L, 30L, 30L);
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("not within two minutes: " + what).isLessThan(deadline);
      LockSupport.parkNanos(20_000_000L);
    }
  }
}
