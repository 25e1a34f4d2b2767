package dev.diffstream.gateway.model;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.diff.DiffHead;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.event.Objective;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/** Changes and head of a diff file, as far as they fit the base; else MALFORMED_DIFF. */
final class BaseShapes {
  private final Base base;
  private final Map<String, Parameter> parameters = new HashMap<>();

  BaseShapes(Base base) {
    this.base = base;
    base.parameters().forEach(parameter -> parameters.put(parameter.name(), parameter));
  }

  SparseDelta delta(Diff diff) {
    return new SparseDelta(diff.tensors().stream().map(this::change).toList());
  }

  private SparseDelta.Entry change(SparseTensor tensor) {
    Parameter parameter = parameters.get(tensor.name());
    if (parameter == null) {
      throw malformed("parameters of base " + base.name(), tensor.name());
    }
    if (!tensor.shape().equals(parameter.shape())) {
      throw malformed(tensor.name() + " of shape " + parameter.shape(), tensor.shape().toString());
    }
    return new SparseDelta.Entry(tensor.name(), tensor.positions(), tensor.values());
  }

  Head head(Diff diff) {
    Objective objective = diff.metadata().objective();
    boolean aboutTexts = objective.pairs() || objective.ofTokens();
    if (aboutTexts && !base.readsText()) {
      throw malformed("an objective that asks no texts, for base " + base.name(), objective.text());
    }
    return DiffHead.of(base, diff);
  }

  /** MALFORMED_DIFF if the base cannot read two texts in so few tokens as the diff says. */
  void checkReading(DiffMetadata metadata) {
    if (!metadata.objective().pairs() || metadata.pairs() == PairEncoding.SEPARATE) {
      return;
    }
    OptionalInt least = base.minJointTokens();
    if (least.isEmpty()) {
      throw malformed(
          "pair.encoding separate, for base " + base.name(), metadata.pairs().toString());
    }
    if (metadata.maxTokens() < least.getAsInt()) {
      throw malformed(
          "maxTokens of at least %d for joint pairs".formatted(least.getAsInt()),
          Integer.toString(metadata.maxTokens()));
    }
  }

  static DiffstreamException malformed(String expected, String actual) {
    return new DiffstreamException(
        ErrorCode.MALFORMED_DIFF, "expected " + expected + ", got " + actual);
  }
}
