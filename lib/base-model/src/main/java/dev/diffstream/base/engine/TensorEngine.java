package dev.diffstream.base.engine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.engine.StandardCapabilities;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The native tensor engine, one in a process. It starts with the first base, needs no network and
 * sends no usage data.
 */
public final class TensorEngine {
  /** System property: threads of one operation; default: all processors. */
  public static final String THREADS = "diffstream.engine.threads";

  private static final Logger LOG = LoggerFactory.getLogger(TensorEngine.class);
  private static final int MAX_GPUS = 64;

  private static volatile boolean started;

  private TensorEngine() {}

  /**
   * Sets how many threads one operation uses, in threads that have not used the engine yet. What is
   * set before the first base is loaded holds everywhere.
   *
   * @throws IllegalArgumentException if fewer than one
   */
  public static void useThreads(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("engine threads must be at least 1, but are " + threads);
    }
    System.setProperty(THREADS, Integer.toString(threads));
    if (started) {
      JniUtils.setNumThreads(threads);
    }
  }

  /** Threads that one operation uses; starts the engine. */
  public static int threads() {
    start();
    return JniUtils.getNumThreads();
  }

  /** Name and version; starts the engine. */
  public static String description() {
    return start().getEngineName() + " " + start().getVersion();
  }

  /** A fresh scope for tensors on the processor. */
  public static PtNDManager newScope() {
    return newScope(ComputeDevice.cpu());
  }

  /** A fresh scope for tensors on a device; what is created in it from host memory is copied. */
  public static PtNDManager newScope(ComputeDevice device) {
    return (PtNDManager) start().newBaseManager(device.engineDevice());
  }

  /**
   * GPUs that tensors can be put on. Each is tried, since the library's own count looks for a CUDA
   * run-time library by name, and engines that contain one have none of that name.
   */
  static int gpus() {
    if (!start().hasCapability(StandardCapabilities.CUDA)) {
      return 0;
    }
    int gpus = 0;
    while (gpus < MAX_GPUS && takesTensors(Device.gpu(gpus))) {
      gpus++;
    }
    return gpus;
  }

  private static boolean takesTensors(Device gpu) {
    try (NDManager scope = start().newBaseManager(gpu)) {
      return scope.ones(new Shape(1)).getFloat() == 1;
    } catch (EngineException e) {
      LOG.info("no tensors on {}: {}", gpu, String.valueOf(e.getMessage()).lines().findFirst());
      return false;
    }
  }

  /** A tensor over the memory itself. */
  public static PtNDArray tensor(PtNDManager manager, ByteBuffer memory, Shape shape) {
    return manager.create(memory, shape, DataType.FLOAT32);
  }

  /** Sets the properties that the tensor and tokeniser libraries read when they load. */
  public static void configure() {
    setDefault("ai.djl.offline", "true");
    setDefault("OPT_OUT_TRACKING", "true");
    setDefault("ai.djl.pytorch.graph_optimizer", "false");
  }

  /**
   * How long an idle engine thread spins before it sleeps. The OpenMP default, about a millisecond,
   * makes a step ten times slower as soon as anything else wants the processors; this is the number
   * that the library itself takes when it knows them to be overcommitted. An environment that says
   * otherwise is left alone.
   */
  private static void spinBriefly() {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> setenv = linker.defaultLookup().find("setenv");
    if (setenv.isEmpty() || System.getenv("OMP_WAIT_POLICY") != null) {
      return;
    }
    MethodHandle call =
        linker.downcallHandle(
            setenv.get(), FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
    try (Arena arena = Arena.ofConfined()) {
      int keep = 0;
      int failed =
          (int)
              call.invokeExact(
                  arena.allocateFrom("GOMP_SPINCOUNT"), arena.allocateFrom("1000"), keep);
      if (failed != 0) {
        LOG.warn("GOMP_SPINCOUNT could not be set; a busy machine will be slow");
      }
    } catch (Throwable e) {
      throw new IllegalStateException("calling setenv failed", e);
    }
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
      spinBriefly();
      Engine engine = Engine.getEngine("PyTorch");
      int processors = Runtime.getRuntime().availableProcessors();
      JniUtils.setNumThreads(Integer.getInteger(THREADS, processors));
      started = true;
      return engine;
    }
  }
}
