package dev.diffstream.gateway;

import dev.diffstream.base.engine.Compute;
import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.service.http.ServerProperties;
import dev.diffstream.settings.BadSettingException;
import dev.diffstream.settings.Settings;
import dev.diffstream.settings.SignatureSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The gateway's own settings.
 *
 * @param id names this gateway in its residency events
 * @param bases each {@code minilm}, the directory of a base, or its prefix in the bucket; one at
 *     least
 * @param metricTasks tasks that have meters of their own: those with the most requests
 * @param residency where diffs are kept, and how they come there
 */
record GatewaySettings(
    String id,
    List<String> bases,
    Listening listening,
    Limits limits,
    int metricTasks,
    DiffChecks diffs,
    Computing computing,
    ResidencySettings residency) {
  static final int NOT_SERVED = -1;

  /**
   * Where it is asked.
   *
   * @param port of HTTP; 0: any free one
   * @param grpcPort 0: any free one; {@link #NOT_SERVED}: gRPC is not served
   * @param managementPort of health and metrics; {@link #NOT_SERVED}: they stand at {@code port}
   * @param topic whether the requests of a Kafka topic are answered too
   * @param drainDelay before it stops, it says for so long that it is not ready, and answers
   */
  record Listening(
      String host, int port, int grpcPort, int managementPort, boolean topic, Duration drainDelay) {
    static Listening from(Settings settings) {
      return new Listening(
          settings.text(
              "diffstream.gateway.host", "127.0.0.1", "address of the HTTP and the gRPC interface"),
          settings.integer(
              "diffstream.gateway.port",
              8080,
              0,
              65535,
              "port of the HTTP interface; 0 takes any free one"),
          settings.integer(
              "diffstream.gateway.grpc-port",
              8083,
              NOT_SERVED,
              65535,
              "port of the gRPC interface; 0 takes any free one, -1 serves no gRPC"),
          settings.integer(
              "diffstream.gateway.management-port",
              NOT_SERVED,
              NOT_SERVED,
              65535,
              "port of health and metrics; -1: they stand at the HTTP port"),
          settings.flag(
              "diffstream.gateway.topic",
              true,
              "whether the requests of the topic diffstream.requests are answered; of gateways with"
                  + " different bases, those with one base may do so"),
          settings.duration(
              "diffstream.gateway.drain-delay",
              Duration.ZERO,
              "before it stops, it says for so long that it is not ready, and answers what comes"));
    }
  }

  /**
   * How much may be asked.
   *
   * @param maxTexts in one request
   * @param maxRequestBytes of a request's body or message, before and after decompression
   * @param queueBound requests that may wait; one more is answered OVERLOADED
   * @param waitingBytes of the bodies and messages of requests that are not answered yet; one more
   *     is answered OVERLOADED
   */
  record Limits(int maxTexts, int maxRequestBytes, int queueBound, long waitingBytes) {
    static Limits from(Settings settings) {
      return new Limits(
          settings.integer(
              "diffstream.gateway.max-texts", 256, 1, 100_000, "most texts in one request"),
          (int)
              Math.min(
                  Integer.MAX_VALUE / 2,
                  settings.bytes(
                      "diffstream.gateway.max-request-bytes",
                      "8MiB",
                      "most bytes of a request's body, or of a gRPC message, unpacked")),
          settings.integer(
              "diffstream.gateway.queue-bound",
              1024,
              1,
              1_000_000,
              "requests that may wait; more are answered OVERLOADED"),
          settings.bytes(
              "diffstream.gateway.waiting-bytes",
              "128MiB",
              "bytes of the requests that are not answered yet; more are answered OVERLOADED"));
    }
  }

  /**
   * Which diffs are loaded, and when one is reported.
   *
   * @param maxBytes larger diff files are not
   * @param trustedKeys one of them must have signed a diff, if there are any
   * @param maxFaultPercent of the examples that a version is asked within a minute; one that gives
   *     no answer to more is reported as unhealthy
   */
  record DiffChecks(long maxBytes, TrustedKeys trustedKeys, int maxFaultPercent) {
    static DiffChecks from(Settings settings) {
      return new DiffChecks(
          settings.bytes(
              "diffstream.gateway.max-diff-bytes", "256MiB", "larger diff files are not loaded"),
          SignatureSettings.trustedKeys(settings),
          settings.integer(
              "diffstream.gateway.max-fault-percent",
              5,
              1,
              100,
              "of the texts that a version is asked within a minute; a version that gives no answer"
                  + " to more of them is reported, and the registry goes back to the one before"));
    }
  }

  /**
   * How texts are computed.
   *
   * @param device see {@link ComputeDevice#of}
   * @param threads that share a batch on the processor
   * @param compute {@code fp32} or {@code bf16}
   * @param batchTokens computed together, unless a single text has more
   */
  record Computing(String device, int threads, String compute, int batchTokens) {
    static Computing from(Settings settings) {
      return new Computing(
          settings.text(
              "diffstream.gateway.device",
              "auto",
              "auto (the first GPU, else the processor), cpu, gpu or gpu:N"),
          settings.integer(
              "diffstream.gateway.threads",
              Runtime.getRuntime().availableProcessors(),
              1,
              1024,
              "threads that share a batch of texts on the processor"),
          settings.text(
              "diffstream.gateway.compute",
              "fp32",
              "fp32, or bf16 for matrix products on a processor that has instructions for it"),
          settings.integer(
              "diffstream.gateway.batch-tokens",
              256,
              1,
              4096,
              "tokens of texts that are computed together"));
    }
  }

  /**
   * The device itself; it starts the engine unless it is {@code cpu}.
   *
   * @throws BadSettingException if there is no such device
   */
  ComputeDevice computeDevice() {
    try {
      return ComputeDevice.of(computing.device());
    } catch (IllegalArgumentException e) {
      throw new BadSettingException(
          "diffstream.gateway.device", "diffstream.gateway.device: " + e.getMessage());
    }
  }

  /**
   * The format of matrix products.
   *
   * @throws BadSettingException for another word, and for bf16 on another device than the processor
   */
  Compute compute(ComputeDevice device) {
    return switch (computing.compute()) {
      case "fp32" -> Compute.FP32;
      case "bf16" -> {
        if (device.isGpu()) {
          throw badCompute("bf16 is for the processor, and texts are computed on " + device.name());
        }
        yield Compute.BF16;
      }
      default -> throw badCompute("expected fp32 or bf16, got: " + computing.compute());
    };
  }

  private static BadSettingException badCompute(String message) {
    String key = "diffstream.gateway.compute";
    return new BadSettingException(key, key + ": " + message);
  }

  /** What the HTTP server is told. */
  Map<String, Object> serverProperties() {
    Map<String, Object> properties =
        ServerProperties.of("diffstream-gateway", listening.host(), listening.port());
    if (listening.managementPort() != NOT_SERVED) {
      properties.putAll(ServerProperties.management(listening.managementPort()));
    }
    properties.put("diffstream.max-request-bytes", limits.maxRequestBytes());
    properties.put("diffstream.metric-tasks", metricTasks);
    return properties;
  }

  private static List<String> bases(Settings settings) {
    String first =
        settings.text(
            "diffstream.base",
            "minilm",
            "minilm, or a directory or s3://<bucket>/<prefix> with config.json, model.safetensors and tokenizer.json");
    String more =
        settings.text(
            "diffstream.gateway.more-bases",
            "",
            "bases that this gateway serves beside diffstream.base, separated by commas");
    return Stream.concat(Stream.of(first), ResidencySettings.list(more)).toList();
  }

  static GatewaySettings from(Settings settings) {
    String id =
        settings.text(
            "diffstream.gateway.id",
            "gateway",
            "names this gateway in its residency events; unique");
    return new GatewaySettings(
        id,
        bases(settings),
        Listening.from(settings),
        Limits.from(settings),
        settings.integer(
            "diffstream.gateway.metric-tasks",
            100,
            0,
            100_000,
            "tasks that have meters of their own, those with the most requests; the rest share one"),
        DiffChecks.from(settings),
        Computing.from(settings),
        ResidencySettings.from(settings, id));
  }
}
