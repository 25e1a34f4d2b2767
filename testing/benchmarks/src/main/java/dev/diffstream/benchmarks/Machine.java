package dev.diffstream.benchmarks;

import dev.diffstream.base.engine.TensorEngine;

/** Where the figures come from. */
public record Machine(
    int cores, int engineThreads, long maxHeapBytes, String jdk, String os, String engine) {

  /** This machine; starts the engine. */
  static Machine here() {
    int threads = TensorEngine.threads();
    return new Machine(
        Runtime.getRuntime().availableProcessors(),
        threads,
        Runtime.getRuntime().maxMemory(),
        Runtime.version().toString(),
        System.getProperty("os.name") + " " + System.getProperty("os.arch"),
        TensorEngine.description());
  }
}
