package dev.diffstream.worker.training;

import dev.diffstream.base.Base;
import dev.diffstream.base.encoder.Replica;
import dev.diffstream.base.engine.Compute;
import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TrainingSettings;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a run learns and in which number format. On the processor in fp32 it learns in the base's
 * own memory; otherwise on a replica that lives as long as the learning.
 */
record Placement(ComputeDevice device, Compute compute) {
  private static final Logger LOG = LoggerFactory.getLogger(Placement.class);

  /**
   * @param device of the worker. A base that reads tensors is learned on the processor whatever it
   *     is: its module holds its parameters itself
   * @throws DiffstreamException INVALID_EVENT if the settings ask for bf16 or dropout over such a
   *     base
   */
  static Placement of(Base base, ComputeDevice device, TrainingSettings settings) {
    if (base.readsText()) {
      return new Placement(device, Compute.of(settings.compute(), device));
    }
    if (settings.compute().equals("bf16") || settings.dropout() > 0) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT,
          "settings.compute bf16 and settings.dropout need a base that reads texts, %s reads tensors"
              .formatted(base.name()));
    }
    return new Placement(ComputeDevice.cpu(), Compute.FP32);
  }

  /** Learns on this device. */
  <T> T learn(String run, LearningTask task, Function<LearningTask, T> method) {
    LOG.info("run {} learns on {} in {}", run, device, compute.text());
    if (!device.isGpu() && compute == Compute.FP32) {
      return method.apply(task);
    }
    try (Replica replica = task.base().replica(device, compute)) {
      return method.apply(task.on(replica));
    }
  }

  /** The settings as they were used, for the report. */
  Map<String, String> used(TrainingSettings settings) {
    Map<String, String> text = new TreeMap<>(settings.asText());
    text.put("device", device.name());
    text.put("compute", compute.text());
    return text;
  }
}
