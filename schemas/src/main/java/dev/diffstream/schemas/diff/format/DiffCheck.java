package dev.diffstream.schemas.diff.format;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.diff.codec.Directory;
import dev.diffstream.schemas.diff.codec.PlainTensors;
import dev.diffstream.schemas.diff.codec.Shapes;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.AuxiliaryTensor;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.safetensors.Safetensors;
import java.util.Arrays;

/** What must hold of a diff before it is written, so that nothing is written that none can read. */
final class DiffCheck {
  private DiffCheck() {}

  /** Fails with IllegalArgumentException, which is the caller's mistake. */
  static void check(Diff diff) {
    if (diff.nonzeros() != diff.metadata().nonzeros()) {
      throw new IllegalArgumentException(
          "the metadata says %d nonzeros, the tensors hold %d"
              .formatted(diff.metadata().nonzeros(), diff.nonzeros()));
    }
    checkMetadata(diff);
    checkDense(diff);
    byte[] before = {};
    for (SparseTensor tensor : diff.tensors()) {
      byte[] name = PlainTensors.utf8(tensor.name());
      if (Arrays.compareUnsigned(name, before) <= 0) {
        throw new IllegalArgumentException("tensors must ascend by name: " + tensor.name());
      }
      before = name;
      if (name.length > Directory.MAX_NAME_BYTES || tensor.positions().length == 0) {
        throw new IllegalArgumentException(
            tensor.name() + ": a name of at most 1024 bytes, and a change, are needed");
      }
      checkPositions(tensor);
      checkValues(tensor, diff.metadata().precision());
    }
    diff.auxiliary().forEach(DiffCheck::checkAuxiliary);
  }

  private static void checkAuxiliary(String name, AuxiliaryTensor tensor) {
    Integer width = Safetensors.width(tensor.dtype());
    long elements = tensor.shape().stream().reduce(1L, Math::multiplyExact);
    if (!TensorNames.isFree(name) || width == null || elements * width != tensor.bytes().length) {
      throw new IllegalArgumentException(
          "%s is no auxiliary tensor: %s%s of %d bytes"
              .formatted(name, tensor.dtype(), tensor.shape(), tensor.bytes().length));
    }
  }

  /** What stands in the file must be what can be read. */
  private static void checkMetadata(Diff diff) {
    try {
      MetadataText.read(MetadataText.write(diff.metadata(), Profile.COMPACT));
    } catch (DiffstreamException e) {
      throw new IllegalArgumentException(e.reason(), e);
    }
    String fault = Outputs.fault(diff.metadata(), diff.head(), diff.probes());
    if (fault != null) {
      throw new IllegalArgumentException(fault);
    }
  }

  private static void checkDense(Diff diff) {
    if (diff.head() instanceof Diff.DenseHead dense) {
      finite("head", dense.weight(), dense.bias());
    } else if (diff.head() instanceof Diff.TiedHead tied) {
      finite(
          "head",
          tied.transform(),
          tied.transformBias(),
          tied.norm(),
          tied.normBias(),
          tied.bias());
    }
    Diff.ProbeAnswers probes = diff.probes();
    if (probes != null) {
      finite("probes", probes.logits());
    }
  }

  private static void finite(String what, float[]... arrays) {
    for (float[] values : arrays) {
      for (float value : values) {
        if (!Float.isFinite(value)) {
          throw new IllegalArgumentException(what + ": value " + value);
        }
      }
    }
  }

  private static void checkPositions(SparseTensor tensor) {
    String fault = Shapes.fault(tensor.shape());
    if (fault != null) {
      throw new IllegalArgumentException(
          "%s of shape %s has %s".formatted(tensor.name(), tensor.shape(), fault));
    }
    long size = tensor.size();
    int last = -1;
    for (int position : tensor.positions()) {
      if (position <= last || position >= size) {
        throw new IllegalArgumentException(
            "%s of shape %s: position %d after %d"
                .formatted(tensor.name(), tensor.shape(), position, last));
      }
      last = position;
    }
  }

  private static void checkValues(SparseTensor tensor, ValuePrecision precision) {
    finite(tensor.name(), tensor.values());
    if (!Arrays.equals(precision.rounded(tensor.values()), tensor.values())) {
      throw new IllegalArgumentException(
          "%s: values that are not rounded to %s would change in the file"
              .formatted(tensor.name(), precision.text()));
    }
  }
}
