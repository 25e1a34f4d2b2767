package dev.diffstream.schemas.diff.codec;

/** In what order the positions of a tensor are coded. The writer takes the smallest. */
public enum PositionLayout {
  /** Gaps between flat positions, with one Rice parameter. */
  FLAT,

  /** Row by row: how many positions it has, then their gaps in it. */
  ROWS,

  /** The same, column by column. */
  COLUMNS
}
