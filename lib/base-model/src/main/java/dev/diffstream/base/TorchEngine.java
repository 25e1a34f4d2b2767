package dev.diffstream.base;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Optional;

/**
 * The one tensor engine of this JVM: DJL's PyTorch on the CPU, offline, silent, with a fixed number
 * of threads and an executor that never rewrites a graph.
 */
final class TorchEngine {
  /** Threads within one operation; default: the processors of this machine. */
  private static final String THREADS = "diffstream.base.threads";

  private static final Engine ENGINE = start();

  private TorchEngine() {}

  static NDManager newManager() {
    return ENGINE.newBaseManager();
  }

  static Engine engine() {
    return ENGINE;
  }

  private static Engine start() {
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    Engine engine = Engine.getEngine("PyTorch");
    int threads =
        Optional.ofNullable(System.getProperty(THREADS))
            .map(Integer::parseInt)
            .orElse(Runtime.getRuntime().availableProcessors());
    JniUtils.setNumThreads(threads);
    // An optimising executor may change a graph after its first runs, and with it the last bits of
    // an answer.
    JniUtils.setGraphExecutorOptimize(false);
    return engine;
  }
}
