package dev.diffstream.registry;

import dev.diffstream.eventlog.KafkaEventLog;
import dev.diffstream.eventlog.KafkaSettings;
import dev.diffstream.objectstore.S3ObjectStore;
import dev.diffstream.objectstore.S3Settings;
import dev.diffstream.registry.catalog.ParallelReads;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.settings.ServiceMain;
import dev.diffstream.settings.Settings;
import java.time.InstantSource;
import java.util.List;

/**
 * {@code registry.jar rebuild [--dry-run] [--json]}: {@link RegistryRebuild} in a process of its
 * own.
 */
final class RebuildMain {
  private static final int READS = 32;

  private RebuildMain() {}

  static void run(List<String> options) {
    ServiceMain.run("rebuild", settings -> run(settings, options));
  }

  private static void run(Settings settings, List<String> options) {
    boolean dryRun = options.contains("--dry-run");
    boolean json = options.contains("--json");
    try (S3ObjectStore store = new S3ObjectStore(S3Settings.from(settings));
        KafkaEventLog log = new KafkaEventLog(KafkaSettings.from(settings), "registry-rebuild")) {
      RegistryRebuild rebuild =
          new RegistryRebuild(
              store,
              log,
              RegistrySettings.from(settings).id(),
              InstantSource.system(),
              ParallelReads.upTo(READS),
              json ? said -> {} : System.out::println);
      RegistryRebuild.Result result = rebuild.run(dryRun);
      System.out.println(json ? Json.writeText(result) : text(result, dryRun));
      if (!result.unreadable().isEmpty()) {
        System.exit(1);
      }
    }
  }

  private static String text(RegistryRebuild.Result result, boolean dryRun) {
    StringBuilder text = new StringBuilder();
    text.append("%d tasks with %d versions".formatted(result.tasks(), result.versions()));
    text.append(
        "; the topic lacked %d newest generations%s"
            .formatted(result.lacking(), dryRun ? "" : ", they are announced"));
    if (result.snapshot() > 0) {
      text.append("; snapshot ").append(result.snapshot()).append(" is written");
    } else if (dryRun) {
      text.append("; nothing was changed");
    } else {
      text.append("; another registry has written a snapshot meanwhile");
    }
    text.append(" (").append(result.seconds()).append(" s)");
    if (!result.unreadable().isEmpty()) {
      text.append("\ncannot be read, and are in no snapshot: ")
          .append(String.join(", ", result.unreadable()));
    }
    return text.toString();
  }
}
