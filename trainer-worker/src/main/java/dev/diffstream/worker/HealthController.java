package dev.diffstream.worker;

import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import java.util.Map;

/** Says whether the worker takes tasks. */
@Controller
final class HealthController {
  private final WorkerView worker;

  HealthController(WorkerView worker) {
    this.worker = worker;
  }

  /** 200 while the task loop runs, 503 otherwise. */
  @Get("/health")
  HttpResponse<Map<String, Object>> health() {
    boolean alive = worker.alive().getAsBoolean();
    Map<String, Object> body =
        Map.of(
            "status",
            alive ? "UP" : "DOWN",
            "worker",
            worker.id(),
            "base",
            worker.baseName(),
            "baseDigest",
            worker.baseDigest(),
            "device",
            worker.device());
    return HttpResponse.<Map<String, Object>>status(
            alive ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE)
        .body(body);
  }
}
