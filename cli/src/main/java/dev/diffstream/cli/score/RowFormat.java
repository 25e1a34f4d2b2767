package dev.diffstream.cli.score;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.Iterator;

/**
 * How rows stand in a file, and what the output adds to each.
 *
 * @param <T> a row as it was
 */
interface RowFormat<T> {
  /** The rows of a file, read one by one. */
  interface Rows<T> extends Iterator<Row<T>> {}

  /**
   * Begins to read.
   *
   * @throws dev.diffstream.schemas.DiffstreamException INVALID_REQUEST if the file has no text at
   *     the place that was named
   */
  Rows<T> read(BufferedReader in) throws IOException;

  /** What stands before the first row of the output, known once the input was begun. */
  String header();

  /** The row with what the task says to it, ended by a line feed. */
  String write(Row<T> row, RowPrediction prediction);
}
