package dev.diffstream.worker;

import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.settings.BadSettingException;
import dev.diffstream.settings.Settings;
import dev.diffstream.settings.SignatureSettings;
import dev.diffstream.worker.data.DataLimits;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The worker's own settings.
 *
 * @param id names this worker in events and reports
 * @param port of the health endpoint; 0: any free one
 * @param base {@code minilm}, the directory of a base, or its prefix in the bucket
 * @param allowedDataPrefixes key prefixes that every task may read beside its own
 * @param patience how long a run waits for a store or broker that is away
 * @param checkpointInterval how often the state of a learning is kept; zero: after every step
 * @param threads of the engine and of the learning loops
 * @param device of learning, see {@link ComputeDevice#of}; one run at a time has it
 * @param makesProvisionals whether heads alone are learned beside the runs, over a second copy of
 *     the base
 * @param signingKey signs every diff; null: none is signed
 * @param trustedKeys of which registry and gateway want one to have signed a diff
 * @param maxDensity the registry's limit on the share of its base that a diff changes
 */
record WorkerSettings(
    String id,
    String host,
    int port,
    String base,
    List<String> allowedDataPrefixes,
    DataLimits limits,
    Duration patience,
    Duration checkpointInterval,
    int threads,
    String device,
    boolean makesProvisionals,
    @Nullable SigningKey signingKey,
    TrustedKeys trustedKeys,
    double maxDensity) {
  WorkerSettings {
    allowedDataPrefixes = List.copyOf(allowedDataPrefixes);
  }

  static WorkerSettings from(Settings settings) {
    int processors = Runtime.getRuntime().availableProcessors();
    return new WorkerSettings(
        settings.text(
            "diffstream.worker.id",
            "worker-" + ProcessHandle.current().pid(),
            "names this worker in events and reports"),
        settings.text("diffstream.worker.host", "127.0.0.1", "address of the health endpoint"),
        settings.integer(
            "diffstream.worker.port",
            8082,
            0,
            65535,
            "port of the health endpoint; 0 takes any free one"),
        settings.text(
            "diffstream.base",
            "minilm",
            "minilm, or a directory or s3://<bucket>/<prefix> with config.json, model.safetensors and tokenizer.json"),
        prefixes(
            settings.text(
                "diffstream.worker.allowed-data-prefixes",
                "",
                "key prefixes that every task may read beside its own, separated by commas")),
        new DataLimits(
            (int)
                settings.bytes(
                    "diffstream.worker.max-record-bytes",
                    "1MiB",
                    "a longer record of a data set is invalid"),
            settings.bytes(
                "diffstream.worker.max-data-bytes",
                "4GiB",
                "maximum bytes of one data file after decompression"),
            settings.integer(
                "diffstream.worker.max-examples",
                1_000_000,
                20,
                100_000_000,
                "maximum examples of a task"),
            settings.integer(
                "diffstream.worker.min-examples", 20, 3, 1_000_000, "minimum examples of a task")),
        settings.duration(
            "diffstream.worker.patience",
            Duration.ofMinutes(10),
            "how long a run waits for a store or broker that is away"),
        settings.duration(
            "diffstream.worker.checkpoint-interval",
            Duration.ofMinutes(5),
            "how often the state of a learning is kept in the object store"),
        settings.integer(
            "diffstream.worker.threads",
            processors,
            1,
            1024,
            "threads of the engine and of the learning loops"),
        settings.text(
            "diffstream.worker.device",
            "auto",
            "where learning computes: auto (a GPU if the engine sees one, else cpu), cpu, gpu or gpu:N"),
        settings.flag(
            "diffstream.worker.provisionals",
            true,
            "whether a head alone is published seconds after a task's first event; needs memory for a second copy of the base"),
        SignatureSettings.signingKey(settings),
        SignatureSettings.trustedKeys(settings),
        settings.integer(
                "diffstream.registry.max-density-percent",
                10,
                1,
                100,
                "no diff may change a larger share of its base, in percent")
            / 100.0);
  }

  /**
   * The device itself; it starts the engine.
   *
   * @throws BadSettingException if there is no such device
   */
  ComputeDevice computeDevice() {
    try {
      return ComputeDevice.of(device);
    } catch (IllegalArgumentException e) {
      throw new BadSettingException(
          "diffstream.worker.device", "diffstream.worker.device: " + e.getMessage());
    }
  }

  private static List<String> prefixes(String text) {
    return Arrays.stream(text.split(","))
        .map(String::strip)
        .filter(prefix -> !prefix.isEmpty())
        .toList();
  }
}
