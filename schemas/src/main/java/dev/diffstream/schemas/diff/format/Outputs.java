package dev.diffstream.schemas.diff.format;

import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.ProbeAnswers;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.probe.ProbeRow;
import dev.diffstream.schemas.diff.probe.ProbeSentences;
import org.jspecify.annotations.Nullable;

/** Whether labels, head and probes speak of the same outputs. */
final class Outputs {
  private Outputs() {}

  /** What differs; null for nothing. */
  static @Nullable String fault(
      DiffMetadata metadata, Diff.Head head, @Nullable ProbeAnswers probes) {
    int outputs =
        switch (metadata.objective().labelling()) {
          case NUMBER -> 1;
          case CLASS, LABEL_SET, TAGS -> metadata.labels().size();
          case NONE -> head.outputs();
        };
    if (head.outputs() != outputs) {
      return "a head of %d outputs for %d".formatted(head.outputs(), outputs);
    }
    int width = ProbeRow.width(metadata.objective(), outputs);
    if (probes != null
        && (probes.outputs() != width || probes.sentences() != ProbeSentences.V1.size())) {
      return "%d x %d probe answers instead of %d x %d"
          .formatted(probes.sentences(), probes.outputs(), ProbeSentences.V1.size(), width);
    }
    return null;
  }
}
