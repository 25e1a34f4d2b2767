package dev.diffstream.worker.learning.parameters;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.base.encoder.Replica;
import dev.diffstream.base.engine.DeviceTensor;
import java.nio.FloatBuffer;
import java.util.List;

/** The parameters that learning changes: the base's own memory, or its replica on a device. */
public sealed interface Theta {
  /** Names and shapes, in the base's order. */
  List<Parameter> parameters();

  /**
   * Some of its values.
   *
   * @param parameterOf for each, the index of its parameter; ascending
   * @param position of each in its parameter
   */
  Places places(int[] parameterOf, int[] position);

  /** Copies the slabs' values to their state indices. */
  void copy(List<Slab> slabs, FloatArray into);

  /** Writes such a copy back. */
  void write(List<Slab> slabs, FloatArray values);

  /** Chosen values. Arrays have at least their number of elements. */
  interface Places {
    void read(FloatArray into);

    void write(FloatArray values);

    /** dL/dtheta at these places. */
    void gradients(Gradients from, FloatArray into);
  }

  static Theta of(Base base) {
    return new OfBase(base.parameters());
  }

  static Theta of(Base base, Replica replica) {
    return new OfReplica(base.parameters(), replica);
  }

  /** In host memory. */
  record OfBase(List<Parameter> parameters) implements Theta {
    @Override
    public Places places(int[] parameterOf, int[] position) {
      FloatBuffer[] theta = parameters.stream().map(Parameter::values).toArray(FloatBuffer[]::new);
      return new Places() {
        @Override
        public void read(FloatArray into) {
          for (int i = 0; i < position.length; i++) {
            into.set(i, theta[parameterOf[i]].get(position[i]));
          }
        }

        @Override
        public void write(FloatArray values) {
          for (int i = 0; i < position.length; i++) {
            theta[parameterOf[i]].put(position[i], values.get(i));
          }
        }

        @Override
        public void gradients(Gradients from, FloatArray into) {
          List<FloatBuffer> gradients = from.parameters();
          for (int i = 0; i < position.length; i++) {
            into.set(i, gradients.get(parameterOf[i]).get(position[i]));
          }
        }
      };
    }

    @Override
    public void copy(List<Slab> slabs, FloatArray into) {
      Slab.copy(slabs, parameters, into);
    }

    @Override
    public void write(List<Slab> slabs, FloatArray values) {
      Slab.write(slabs, values, parameters);
    }
  }

  /** On a device: only the chosen values cross to the host and back. */
  record OfReplica(List<Parameter> parameters, Replica replica) implements Theta {
    @Override
    public Places places(int[] parameterOf, int[] position) {
      int[] indices = new int[position.length];
      for (int i = 0; i < indices.length; i++) {
        indices[i] = Math.toIntExact(replica.offset(parameterOf[i])) + position[i];
      }
      DevicePlaces places = new DevicePlaces(replica, indices);
      return new Places() {
        @Override
        public void read(FloatArray into) {
          gather(replica.theta(), into);
        }

        @Override
        public void write(FloatArray values) {
          float[] copy = new float[indices.length];
          values.get(0, copy, 0, copy.length);
          places.scatter(copy, replica.theta());
          replica.thetaChanged();
        }

        @Override
        public void gradients(Gradients from, FloatArray into) {
          gather(replica.gradients(from), into);
        }

        private void gather(DeviceTensor flat, FloatArray into) {
          try (DeviceTensor found = places.gather(flat)) {
            into.put(0, found.floats(), 0, indices.length);
          }
        }
      };
    }

    @Override
    public void copy(List<Slab> slabs, FloatArray into) {
      try (DevicePlaces places = new DevicePlaces(replica, slabs);
          DeviceTensor found = places.gather(replica.theta())) {
        into.put(0, found.floats(), 0, into.length());
      }
    }

    @Override
    public void write(List<Slab> slabs, FloatArray values) {
      try (DevicePlaces places = new DevicePlaces(replica, slabs)) {
        // What lies between the slabs would change the zero that all of it points at.
        float[] clean = new float[values.length()];
        for (Slab slab : slabs) {
          values.get(slab.state(), clean, slab.state(), slab.length());
        }
        places.scatter(clean, replica.theta());
        replica.thetaChanged();
      }
    }
  }
}
