package dev.diffstream.cli.bench.serve;

import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.deployment.Deployment;
import dev.diffstream.cli.deployment.ServiceProcess;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;

/** The gateway of a deployment as the system sees it. */
final class GatewayProcess {
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final long LOOK_NANOS = 20_000_000;

  private final ServiceProcess service;
  private final HttpJson http;

  GatewayProcess(Deployment deployment) {
    this.service =
        deployment.services().stream()
            .filter(each -> each.name().equals("gateway"))
            .findFirst()
            .orElseThrow();
    this.http = new HttpJson(service.url());
  }

  /** The memory of the process as it is now. */
  ProcessMemory memory() {
    return ProcessMemory.of(Path.of("/proc", Long.toString(service.pid()), "status"));
  }

  /**
   * Stops the process, which the deployment starts again.
   *
   * @return from the start of the new process until it said that it is ready
   */
  Duration restart() {
    long before = service.pid();
    ProcessHandle.of(before).ifPresent(ProcessHandle::destroy);
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (service.pid() == before || http.status("/v2/health/ready") != 200) {
      if (System.nanoTime() > deadline) {
        throw new DiffstreamException(
            ErrorCode.DEADLINE_EXCEEDED, "the gateway is not ready " + LIMIT + " after its stop");
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    Instant ready = Instant.now();
    return ProcessHandle.of(service.pid())
        .flatMap(process -> process.info().startInstant())
        .map(started -> Duration.between(started, ready))
        .orElseThrow();
  }
}
