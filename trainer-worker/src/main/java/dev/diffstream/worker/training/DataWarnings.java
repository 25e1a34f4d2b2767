package dev.diffstream.worker.training;

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
    if (examples.cutWords() > 0) {
      warnings.add(examples.cutWords() + " words with tags were cut off; they count as O");
    }
    if (examples.truncated() > 0) {
      warnings.add(
          examples.truncated()
              + " texts were cut to "
              + resolved.settings().maxTokens()
              + " tokens");
    }
    if (!resolved.unknown().isEmpty()) {
      warnings.add("settings that this method does not know were ignored: " + resolved.unknown());
    }
    return warnings;
  }
}
