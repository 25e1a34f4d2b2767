package dev.diffstream.worker.learning;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.diffstream.base.Base;
import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.data.DataLimits;
import dev.diffstream.worker.data.DataLocation;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.data.DataSetReader;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A task over {@link TinyWorld} that a method learns in a second or two. */
public final class TinyTask {
  private static final ObjectMapper JSON = new ObjectMapper();

  private TinyTask() {}

  /**
   * @param settings beside or instead of the high rates and few steps that the tiny base wants
   */
  public static LearningTask of(
      Base base, long seed, Map<String, Object> settings, List<Double> densities) {
    MemoryObjectStore store = new MemoryObjectStore();
    store.put("tasks/t/data/x.jsonl", TinyWorld.learnable(200), Map.of());
    TaskSubmitted event = TaskSubmitted.of("t", Objective.CLASSIFICATION, "tasks/t/data/x.jsonl");
    DataSet data =
        new DataSetReader(store, new DataLocation("b", List.of()), DataLimits.DEFAULT).read(event);
    Map<String, Object> all = new HashMap<>();
    all.put("seed", seed);
    all.put("stage1Steps", 200);
    all.put("stage3Steps", 100);
    all.put("stage1Rate", 5e-3);
    all.put("stage3Rate", 1e-2);
    all.put("fullRate", 1e-3);
    all.put("headRate", 1e-2);
    all.putAll(settings);
    Map<String, JsonNode> given = new HashMap<>();
    all.forEach((name, value) -> given.put(name, JSON.valueToTree(value)));
    TrainingSettings resolved =
        TrainingSettings.resolve(
                given,
                event.objective(),
                densities.getLast(),
                data.train().size(),
                base.maxTextTokens())
            .settings();
    EncodedDataSet examples =
        EncodedDataSet.of(data, event.objective(), base, resolved.maxTokens());
    return new LearningTask(base, examples, densities, ValuePrecision.FP16, resolved);
  }
}
