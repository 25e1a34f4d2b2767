package dev.diffstream.schemas.diff.codec;

import java.util.List;

/** The sparse tensors of a file in one of the profiles, each to be read on its own. */
public interface StoredTensors {

  /**
   * A changed parameter.
   *
   * @param shape of the whole parameter
   * @param nonzeros changed positions
   */
  record Listed(String name, List<Integer> shape, int nonzeros) {}

  /** In ascending order of name. */
  List<Listed> list();

  /**
   * Reads one tensor: its flat, row-major positions, strictly ascending and below the size of the
   * shape, and its finite values.
   *
   * @param index in the list
   * @param at where the first goes in both arrays, which have room for all
   * @throws dev.diffstream.schemas.DiffstreamException MALFORMED_DIFF
   */
  void read(int index, int[] positions, float[] values, int at, PositionCode.Scratch scratch);
}
