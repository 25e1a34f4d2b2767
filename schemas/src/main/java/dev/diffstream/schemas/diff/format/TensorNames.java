package dev.diffstream.schemas.diff.format;

import dev.diffstream.schemas.diff.codec.CompactTensors;
import dev.diffstream.schemas.diff.codec.PlainTensors;
import java.util.Set;

/** The names of tensors with a meaning in a diff file. */
public final class TensorNames {
  /** What all names of a head's tensors begin with. */
  public static final String HEAD = "diffstream.head.";

  public static final String HEAD_WEIGHT = HEAD + "weight";
  public static final String HEAD_BIAS = HEAD + "bias";
  public static final String TRANSFORM_WEIGHT = HEAD + "transform.weight";
  public static final String TRANSFORM_BIAS = HEAD + "transform.bias";
  public static final String NORM_WEIGHT = HEAD + "norm.weight";
  public static final String NORM_BIAS = HEAD + "norm.bias";
  static final String PROBES = "diffstream.probes.v1";

  private static final Set<String> BOTH =
      Set.of(
          HEAD_WEIGHT,
          HEAD_BIAS,
          TRANSFORM_WEIGHT,
          TRANSFORM_BIAS,
          NORM_WEIGHT,
          NORM_BIAS,
          PROBES,
          Checksums.NAME);

  private static final Set<String> COMPACT =
      Set.of(CompactTensors.DIRECTORY, CompactTensors.POSITIONS, CompactTensors.VALUES);

  private TensorNames() {}

  static boolean isKnown(String name, Profile profile) {
    return BOTH.contains(name)
        || switch (profile) {
          case COMPACT -> COMPACT.contains(name);
          case PLAIN -> name.endsWith(PlainTensors.INDICES) || name.endsWith(PlainTensors.VALUES);
        };
  }

  /** Whether a tensor of another program may be called so, in whatever profile. */
  static boolean isFree(String name) {
    return !isKnown(name, Profile.COMPACT)
        && !isKnown(name, Profile.PLAIN)
        && !name.equals("__metadata__");
  }
}
