package dev.diffstream.registry.intake;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.runs.StoredReports.StoredReport;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.base.BaseDescriptor;
import dev.diffstream.schemas.base.BaseDescriptor.ParameterShape;
import dev.diffstream.schemas.diff.codec.StoredTensors.Listed;
import dev.diffstream.schemas.diff.format.DiffFile;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.service.StoredDiffs;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Checks a published diff against its event, its base and its gate, from its bytes alone. Nothing
 * that the file says of itself is believed where it can be counted.
 */
public final class DiffVerifier {
  /** The metric that the gate looks at, the objective's primary one: docs/objectives.md. */
  public static final String SCORE = "score";

  /** What the best constant answer scores. */
  public static final String MAJORITY = "majority";

  private static final long MAX_DESCRIPTOR_BYTES = 8 << 20;

  private final ObjectStore store;
  private final long maxDiffBytes;
  private final double maxDensity;
  private final TrustedKeys trustedKeys;
  private final Map<String, BaseDescriptor> bases = new ConcurrentHashMap<>();

  public DiffVerifier(
      ObjectStore store, long maxDiffBytes, double maxDensity, TrustedKeys trustedKeys) {
    this.store = store;
    this.maxDiffBytes = maxDiffBytes;
    this.maxDensity = maxDensity;
    this.trustedKeys = trustedKeys;
  }

  /**
   * The diff's metadata if it may become a version; else fails with the code of the first fault.
   *
   * @param report the report that the event names, if there is one
   */
  public DiffMetadata verify(DiffPublished event, Optional<StoredReport> report) {
    DiffFile file = opened(event);
    DiffMetadata metadata = file.metadata();
    expect(ErrorCode.MALFORMED_DIFF, event, "task id", event.taskId(), metadata.taskId());
    expect(
        ErrorCode.BASE_MISMATCH, event, "base digest", event.baseDigest(), metadata.baseDigest());
    BaseDescriptor base = base(event);
    expect(
        ErrorCode.MALFORMED_DIFF,
        event,
        "number of base parameters",
        base.parameterCount(),
        metadata.baseParameters());
    checkShapes(event, file, base);
    checkPairs(event, metadata);
    checkDensity(event, metadata, base, report);
    checkGate(event, metadata);
    readWhole(event, file);
    return metadata;
  }

  private DiffFile opened(DiffPublished event) {
    String key = ObjectKeys.diff(event.digest());
    byte[] bytes = StoredDiffs.fetch(store, event.digest(), maxDiffBytes, trustedKeys);
    expect(ErrorCode.DIGEST_MISMATCH, event, "size", event.bytes(), bytes.length);
    try {
      return DiffFile.of(ByteBuffer.wrap(bytes));
    } catch (DiffstreamException e) {
      throw e;
    } catch (RuntimeException e) { // a reader's own fault must refuse this file, not stop the rest
      throw new DiffstreamException(ErrorCode.MALFORMED_DIFF, key + ": unreadable: " + e, e);
    }
  }

  /**
   * Decodes what the directory lists, tensor by tensor: positions may be wrong although all sizes
   * are right. Only after density and shapes were checked, since a small file may list millions.
   */
  private static void readWhole(DiffPublished event, DiffFile file) {
    try {
      for (int i = 0; i < file.tensors().size(); i++) {
        file.tensor(i);
      }
      file.head();
      file.probes();
    } catch (DiffstreamException e) {
      throw e;
    } catch (RuntimeException e) { // a reader's own fault must refuse this file, not stop the rest
      throw refused(ErrorCode.MALFORMED_DIFF, event, "unreadable: " + e);
    }
  }

  private BaseDescriptor base(DiffPublished event) {
    BaseDescriptor known = bases.get(event.baseDigest());
    if (known != null) {
      return known;
    }
    String key = ObjectKeys.baseDescriptor(event.baseDigest());
    byte[] bytes =
        store
            .get(key, MAX_DESCRIPTOR_BYTES)
            .orElseThrow(
                () ->
                    new DiffstreamException(
                        ErrorCode.BASE_UNKNOWN,
                        "the diff of task " + event.taskId() + " needs " + key + ", found none"));
    BaseDescriptor base = Json.read(bytes, BaseDescriptor.class, key);
    expect(ErrorCode.BASE_MISMATCH, event, "digest in " + key, event.baseDigest(), base.digest());
    bases.put(base.digest(), base);
    return base;
  }

  private static void checkShapes(DiffPublished event, DiffFile file, BaseDescriptor base) {
    Map<String, List<Integer>> shapes = new HashMap<>();
    for (ParameterShape parameter : base.parameters()) {
      shapes.put(parameter.name(), parameter.shape());
    }
    for (Listed tensor : file.tensors()) {
      List<Integer> shape = shapes.get(tensor.name());
      if (shape == null) {
        throw refused(
            ErrorCode.MALFORMED_DIFF,
            event,
            "parameter " + tensor.name() + " is not in base " + base.name());
      }
      if (!tensor.shape().equals(shape)) {
        throw refused(
            ErrorCode.MALFORMED_DIFF,
            event,
            "%s: expected shape %s, got %s".formatted(tensor.name(), shape, tensor.shape()));
      }
    }
  }

  /** What the file says of pairs in two places must be the same. */
  private static void checkPairs(DiffPublished event, DiffMetadata metadata) {
    PairEncoding pairs;
    try {
      pairs = metadata.pairs();
    } catch (DiffstreamException e) {
      throw refused(e.code(), event, e.reason());
    }
    if (metadata.pairEncoding() != null && !metadata.objective().pairs()) {
      throw refused(
          ErrorCode.MALFORMED_DIFF,
          event,
          "expected no pair.encoding for objective %s, got %s"
              .formatted(metadata.objective().text(), metadata.pairEncoding()));
    }
    String joint = PairEncoding.JOINT.text();
    if (metadata.features().equals(joint) != (pairs == PairEncoding.JOINT)) {
      throw refused(
          ErrorCode.MALFORMED_DIFF,
          event,
          "expected features %s exactly where pair.encoding is %s, got features %s and pair.encoding %s"
              .formatted(joint, joint, metadata.features(), pairs));
    }
  }

  private void checkDensity(
      DiffPublished event,
      DiffMetadata metadata,
      BaseDescriptor base,
      Optional<StoredReport> report) {
    double max = Math.min(maxDensity, ownDensity(report).orElse(maxDensity));
    double allowed = Math.ceil(max * base.parameterCount());
    if (metadata.nonzeros() > allowed) {
      throw refused(
          ErrorCode.DENSITY_EXCEEDED,
          event,
          String.format(
              java.util.Locale.ROOT,
              "expected at most %.0f changed positions (density %s), got %d",
              allowed,
              max,
              metadata.nonzeros()));
    }
  }

  /** The task's own density as its run resolved it; empty when there is no report to say so. */
  private static Optional<Double> ownDensity(Optional<StoredReport> report) {
    return report
        .map(stored -> stored.report().settings())
        .map(settings -> settings.get("density"))
        .flatMap(DiffVerifier::number);
  }

  /** Empty for words such as {@code auto}: then the registry's own limit stands. */
  private static Optional<Double> number(String text) {
    try {
      return Optional.of(Double.valueOf(text));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static void checkGate(DiffPublished event, DiffMetadata metadata) {
    double score = metric(event, metadata, SCORE);
    double majority = metric(event, metadata, MAJORITY);
    if (!(score > majority)) {
      throw refused(
          ErrorCode.QUALITY_GATE_FAILED,
          event,
          "expected a score above the majority's " + majority + ", got " + score);
    }
  }

  private static double metric(DiffPublished event, DiffMetadata metadata, String name) {
    Double value = metadata.metrics().get(name);
    if (value == null || !Double.isFinite(value)) {
      throw refused(
          ErrorCode.MALFORMED_DIFF,
          event,
          "expected a finite metric " + name + ", got " + metadata.metrics());
    }
    return value;
  }

  private static void expect(
      ErrorCode code, DiffPublished event, String what, Object expected, Object actual) {
    if (!expected.toString().equals(actual.toString())) {
      throw refused(code, event, "expected " + what + " " + expected + ", got " + actual);
    }
  }

  private static DiffstreamException refused(ErrorCode code, DiffPublished event, String what) {
    return new DiffstreamException(
        code, "diff " + event.digest() + " of task " + event.taskId() + ": " + what);
  }
}
