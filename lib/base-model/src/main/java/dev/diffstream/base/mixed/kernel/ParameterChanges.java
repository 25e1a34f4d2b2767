package dev.diffstream.base.mixed.kernel;

/** What a diff changes of one parameter, in ascending order of places. */
public interface ParameterChanges {
  ParameterChanges NONE = ofArrays(new int[0], new float[0]);

  int count();

  /** Where in the parameter the change of this index lies. */
  int place(int index);

  float value(int index);

  /** Takes what is added to one value. */
  interface Each {
    void accept(int column, float value);
  }

  static ParameterChanges ofArrays(int[] places, float[] values) {
    return new ParameterChanges() {
      @Override
      public int count() {
        return places.length;
      }

      @Override
      public int place(int index) {
        return places[index];
      }

      @Override
      public float value(int index) {
        return values[index];
      }
    };
  }

  /** The changes of one row of a matrix whose places are flat positions. */
  default void forEachInRow(int row, int width, Each each) {
    int start = row * width;
    for (int i = firstFrom(start); i < count() && place(i) - start < width; i++) {
      each.accept(place(i) - start, value(i));
    }
  }

  /** Index of the first place that is not less. */
  private int firstFrom(int place) {
    int low = 0;
    int high = count();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (place(middle) < place) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
