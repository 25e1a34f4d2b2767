package dev.diffstream.base;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;

/**
 * The native tensor engine, one in a process. It starts with the first base, works without a
 * network and reports to nobody.
 */
public final class TensorEngine {
  /** System property: threads of one operation; default: all processors. */
  public static final String THREADS = "diffstream.engine.threads";

  private TensorEngine() {}

  /**
   * Sets how many threads one operation uses; to be called before the first base is loaded.
   *
   * @throws IllegalArgumentException if fewer than one
   */
  public static void useThreads(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("engine threads must be at least 1, but are " + threads);
    }
    System.setProperty(THREADS, Integer.toString(threads));
  }

  /** Threads that one operation uses; starts the engine. */
  public static int threads() {
    start();
    return JniUtils.getNumThreads();
  }

  /** A fresh scope for tensors on the processor. */
  static PtNDManager newScope() {
    return (PtNDManager) start().newBaseManager(Device.cpu());
  }

  /** Sets the properties that the tensor and tokeniser libraries read when they load. */
  static void configure() {
    setDefault("ai.djl.offline", "true");
    setDefault("OPT_OUT_TRACKING", "true");
    setDefault("ai.djl.pytorch.graph_optimizer", "false");
  }

  private static void setDefault(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  private static Engine start() {
    return Holder.ENGINE;
  }

  private static final class Holder {
    static final Engine ENGINE = load();

    private static Engine load() {
      configure();
      Engine engine = Engine.getEngine("PyTorch");
      int processors = Runtime.getRuntime().availableProcessors();
      JniUtils.setNumThreads(Integer.getInteger(THREADS, processors));
      return engine;
    }
  }
}
