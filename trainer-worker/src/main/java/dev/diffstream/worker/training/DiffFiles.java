package dev.diffstream.worker.training;

import dev.diffstream.base.Base;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningTask;
import java.util.List;
import java.util.Optional;

/**
 * Puts what was learned into the form of the diff file. It holds no clock and no run id: the same
 * task and data give the same bytes.
 */
final class DiffFiles {
  static final String CODE_VERSION =
      Optional.ofNullable(DiffFiles.class.getPackage().getImplementationVersion())
          .orElse("development");

  private DiffFiles() {}

  static Diff diff(
      TaskSubmitted task,
      String method,
      LearningTask learning,
      LearnedDiff learned,
      DataSet data,
      TestEvaluation evaluation) {
    Base base = learning.base();
    PairEncoding pairs = learning.examples().reading().pairs();
    List<SparseTensor> tensors = learned.delta().tensors(base.parameters());
    DiffMetadata metadata =
        DiffMetadata.learned()
            .baseDigest(base.digest())
            .baseName(base.name())
            .baseParameters(learning.parameterCount())
            .taskId(task.taskId())
            .objective(task.objective())
            .method(method)
            .precision(learning.precision())
            .nonzeros(learned.nonzeros())
            .labels(data.labels())
            .features(base.featureKind(task.objective(), pairs))
            .pairEncoding(task.objective().pairs() ? pairs.text() : null)
            .maxTokens(learning.settings().maxTokens())
            .refusesLongTexts(task.refusesLongTexts())
            .metrics(evaluation.metrics())
            .tokenizerDigest(base.inputDigest())
            .dataDigest(data.digest())
            .seed(learning.settings().seed())
            .codeVersion(CODE_VERSION)
            .build();
    return new Diff(metadata, tensors, evaluation.head().inFile(), evaluation.probes());
  }
}
