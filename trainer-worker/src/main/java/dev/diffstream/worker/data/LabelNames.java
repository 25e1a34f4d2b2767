package dev.diffstream.worker.data;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.data.BioTags;
import dev.diffstream.schemas.event.Objective.Labelling;
import dev.diffstream.schemas.event.TaskSubmitted;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The outputs of a task's head, from its training rows, and whether there is anything to learn. */
final class LabelNames {
  private final TaskSubmitted task;

  LabelNames(TaskSubmitted task) {
    this.task = task;
  }

  /** In ascending order; empty for numbers and texts without labels. */
  List<String> of(List<Example> train) {
    return switch (task.objective().labelling()) {
      case CLASS -> {
        TreeSet<String> labels = new TreeSet<>();
        train.forEach(example -> labels.add(example.label()));
        yield atLeastTwo(labels);
      }
      case LABEL_SET -> {
        TreeSet<String> labels = new TreeSet<>();
        train.forEach(example -> labels.addAll(example.labels()));
        if (train.stream().map(Example::labels).distinct().count() < 2) {
          throw tooFew("all training rows of task %s carry the labels %s", labels);
        }
        yield atLeastTwo(labels);
      }
      case TAGS -> atLeastTwo(tags(train));
      case NUMBER -> {
        if (train.stream().map(Example::value).distinct().count() < 2) {
          throw tooFew("all training values of task %s are equal", List.of());
        }
        yield List.of();
      }
      case NONE -> {
        if (train.isEmpty()) {
          throw tooFew("task %s has no training rows", List.of());
        }
        yield List.of();
      }
    };
  }

  /** For each type that occurs, both of its tags: one of them alone is an accident of the rows. */
  private static TreeSet<String> tags(List<Example> train) {
    TreeSet<String> tags = new TreeSet<>();
    for (Example example : train) {
      for (String tag : example.labels()) {
        if (!tag.equals(BioTags.OUTSIDE)) {
          tags.add(BioTags.begin(BioTags.type(tag)));
          tags.add(BioTags.inside(BioTags.type(tag)));
        }
      }
    }
    if (!tags.isEmpty()) {
      tags.add(BioTags.OUTSIDE);
    }
    return tags;
  }

  /**
   * Held-out rows must be answerable: LABEL_MISMATCH.
   *
   * @param places where the labels of the file stand that the rows come from
   */
  void checkHeldOut(String side, List<Example> rows, List<String> labels, LabelOccurrences places) {
    if (rows.isEmpty()) {
      throw new DiffstreamException(
          ErrorCode.TOO_FEW_EXAMPLES, "task " + task.taskId() + " has no " + side + " rows");
    }
    Set<String> known = new HashSet<>(labels);
    boolean one = task.objective().labelling() == Labelling.CLASS;
    for (Example row : rows) {
      for (String label : one ? List.of(row.label()) : row.labels()) {
        if (!known.contains(label)) {
          throw mismatch(side, label, labels, places);
        }
      }
    }
  }

  private DiffstreamException mismatch(
      String side, String label, List<String> labels, LabelOccurrences places) {
    String place = places.of(label).map(p -> ": " + p.file() + " line " + p.line()).orElse("");
    String similar =
        labels.stream()
            .filter(l -> SimilarLabels.folded(l).equals(SimilarLabels.folded(label)))
            .findFirst()
            .map(l -> "; similar in train: " + QuotedText.exact(l))
            .orElse("");
    return new DiffstreamException(
        ErrorCode.LABEL_MISMATCH,
        "%s has the label %s, which no training row of task %s carries%s%s"
            .formatted(side, QuotedText.exact(label), task.taskId(), place, similar));
  }

  private List<String> atLeastTwo(TreeSet<String> labels) {
    if (labels.size() < 2) {
      throw tooFew("task %s needs at least 2 labels in its training rows, it has %s", labels);
    }
    return List.copyOf(labels);
  }

  private DiffstreamException tooFew(String message, Collection<String> found) {
    return new DiffstreamException(
        ErrorCode.TOO_FEW_EXAMPLES, message.formatted(task.taskId(), QuotedText.list(found)));
  }
}
