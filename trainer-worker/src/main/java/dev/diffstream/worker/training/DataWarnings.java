package dev.diffstream.worker.training;

import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.learning.TrainingSettings;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import java.util.ArrayList;
import java.util.List;

/** What people should look at although it is learned from. */
final class DataWarnings {
  private DataWarnings() {}

  static List<String> of(
      DataSet data, EncodedDataSet examples, TrainingSettings.Resolved resolved) {
    List<String> warnings = new ArrayList<>(data.warnings());
    if (data.duplicates() > 0) {
      warnings.add(
          data.duplicates() + " rows were left out of train or dev: their texts are held out");
    }
    if (examples.cuts().words() > 0) {
      warnings.add(examples.cuts().words() + " words with tags were cut off; they count as O");
    }
    if (examples.cuts().examples() > 0) {
      boolean joint =
          examples.objective().pairs() && examples.reading().pairs() == PairEncoding.JOINT;
      warnings.add(
          "%d %s were cut to %d tokens%s"
              .formatted(
                  examples.cuts().examples(),
                  joint ? "pairs of texts" : "texts",
                  examples.reading().maxTokens(),
                  joint ? " for both texts together" : ""));
    }
    if (!resolved.unknown().isEmpty()) {
      warnings.add("settings that this method does not know were ignored: " + resolved.unknown());
    }
    return warnings;
  }
}
