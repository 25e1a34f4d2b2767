package dev.diffstream.cli.bench.serve;

import dev.diffstream.base.Base;
import dev.diffstream.base.BaseChoice;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.cli.demo.DemoFiles;
import dev.diffstream.cli.deployment.Deployment;
import dev.diffstream.cli.deployment.Ports;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FileFault;
import dev.diffstream.schemas.diff.format.DiffFile;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.settings.SignatureSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** A whole deployment that is filled with tasks and asked. */
public final class ServeRun {
  private final Path home;
  private final String baseName;
  private final ServeOptions options;
  private final Consumer<String> say;

  /**
   * @param home the folder that holds the built modules
   * @param baseName {@code minilm} or a directory
   * @param say hears what is being done
   */
  public ServeRun(Path home, String baseName, ServeOptions options, Consumer<String> say) {
    this.home = home;
    this.baseName = baseName;
    this.options = options;
    this.say = say;
  }

  /**
   * @param files diffs of classifications over the base, of which the tasks are made
   * @param directory for data and logs of the deployment
   * @throws DiffstreamException if a file cannot be read, or a task is not served
   */
  public Figures run(List<Path> files, Path directory) {
    List<Diff> learned = files.stream().map(ServeRun::read).toList();
    TensorEngine.useThreads(1); // more of them would wait for each other beside the services
    try (Base base = BaseChoice.local(baseName)) {
      TaskVariants variants = new TaskVariants(base, learned);
      Map<String, String> environment = new TreeMap<>(options.gateway());
      environment.put("DIFFSTREAM_BASE", baseName);
      try (Deployment deployment =
          Deployment.startWithArchives(home, directory, Ports.free(), environment, say)) {
        return figures(base, variants, deployment);
      }
    }
  }

  private Figures figures(Base base, TaskVariants variants, Deployment deployment) {
    GatewayProcess gateway = new GatewayProcess(deployment);
    long emptyPeakBytes = gateway.memory().peakBytes();
    try (SampledPeak anonymous = new SampledPeak(() -> gateway.memory().anonymousBytes());
        EventLog log = deployment.connection().openLog();
        ObjectStore store = deployment.connection().openStore();
        ServedVersions served = new ServedVersions(log)) {
      DiffPublisher publisher =
          new DiffPublisher(
              store, log, SignatureSettings.signingKey(deployment.connection().settings()));
      PublishedTasks tasks =
          new PublishedTasks(base, variants, DemoFiles.texts(), publisher, served, say);
      tasks.publish(options.tasks());
      say.accept("all tasks are served");
      ServeResult result =
          new ServeBenchmark(options, tasks, gateway, say)
              .run(
                  deployment.connection().gatewayUrl().toString(),
                  deployment.directory().resolve("load-plan.json"),
                  emptyPeakBytes,
                  anonymous);
      if (!result.firstFault().isEmpty()) {
        say.accept("first fault: " + result.firstFault());
      }
      return ServeFigures.of(options, tasks, result);
    }
  }

  private static Diff read(Path file) {
    try {
      return DiffFile.open(file).toDiff();
    } catch (DiffstreamException e) {
      throw new DiffstreamException(e.code(), file + ": " + e.reason(), e);
    } catch (IOException e) {
      throw new DiffstreamException(
          ErrorCode.DATA_UNREADABLE, "cannot read " + file + ": " + FileFault.of(e, file), e);
    }
  }
}
