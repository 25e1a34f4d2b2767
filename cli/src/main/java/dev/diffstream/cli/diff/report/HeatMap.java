package dev.diffstream.cli.diff.report;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A number for each layer (rows) and kind of parameter (columns), shaded on a logarithmic scale.
 */
public final class HeatMap {
  private record Cell(double value, String name) {}

  private final SortedMap<Integer, SortedMap<String, Cell>> rows = new TreeMap<>();
  private final SortedSet<String> kinds = new TreeSet<>();
  private double smallest = Double.POSITIVE_INFINITY;
  private double largest;

  public void put(String parameter, double value) {
    ParameterPlace place = ParameterPlace.of(parameter);
    rows.computeIfAbsent(place.layer(), layer -> new TreeMap<>())
        .put(place.kind(), new Cell(value, parameter));
    kinds.add(place.kind());
    if (value > 0) {
      smallest = Math.min(smallest, value);
      largest = Math.max(largest, value);
    }
  }

  public List<Integer> layers() {
    return List.copyOf(rows.keySet());
  }

  /** Kinds that stand in layers, then those outside, each by name. */
  public List<String> kinds() {
    SortedSet<String> outside = new TreeSet<>(rows.getOrDefault(-1, new TreeMap<>()).keySet());
    List<String> ordered = new ArrayList<>(kinds);
    ordered.removeAll(outside);
    ordered.addAll(outside);
    return ordered;
  }

  /** Empty where there is no such parameter, or it has no change. */
  public OptionalDouble value(int layer, String kind) {
    SortedMap<String, Cell> row = rows.get(layer);
    Cell cell = row == null ? null : row.get(kind);
    return cell == null ? OptionalDouble.empty() : OptionalDouble.of(cell.value());
  }

  public double smallest() {
    return largest == 0 ? 0 : smallest;
  }

  public double largest() {
    return largest;
  }

  /** From 0 for the smallest value above zero to 1 for the greatest, by the logarithm. */
  public double shade(double value) {
    if (value <= 0) {
      return 0;
    }
    return largest == smallest ? 1 : Math.log(value / smallest) / Math.log(largest / smallest);
  }
}
