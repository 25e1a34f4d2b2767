package dev.diffstream.worker.learning.parameters;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.worker.TinyWorld;
import java.lang.foreign.Arena;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SlabTest {
  @Test
  void everyValueHasStateOnceAndOfNamedMatricesTheNamedRowsOnly() {
    try (Base base = TinyWorld.base()) {
      String words = "embeddings.word_embeddings.weight";
      List<Parameter> parameters = base.parameters();
      List<Slab> slabs = Slab.of(parameters, Map.of(words, new int[] {0, 7, 40}));
      BitSet[] seen = parameters.stream().map(p -> new BitSet()).toArray(BitSet[]::new);
      int state = 0;
      for (Slab slab : slabs) {
        assertThat(slab.state()).isBetween(state, state + Vectors.WIDEST - 1);
        assertThat(slab.state() % Vectors.WIDEST).isZero();
        assertThat(slab.length()).isBetween(1, 1 << 16);
        state = slab.state() + slab.length();
        for (int i = slab.offset(); i < slab.offset() + slab.length(); i++) {
          assertThat(seen[slab.parameter()].get(i)).isFalse();
          seen[slab.parameter()].set(i);
        }
      }
      assertThat(Slab.total(slabs)).isEqualTo(Vectors.whole(state));
      for (int p = 0; p < seen.length; p++) {
        Parameter parameter = parameters.get(p);
        if (parameter.name().equals(words)) {
          int width = parameter.shape().get(1);
          BitSet rows = new BitSet();
          for (int row : new int[] {0, 7, 40}) {
            rows.set(row * width, (row + 1) * width);
          }
          assertThat(seen[p]).isEqualTo(rows);
        } else {
          assertThat(seen[p].cardinality()).isEqualTo(parameter.size());
        }
      }
    }
  }

  @Test
  void aMatrixOfWhichNoRowIsUsedHasNoState() {
    try (Base base = TinyWorld.base()) {
      String words = "embeddings.word_embeddings.weight";
      long all = Slab.values(Slab.of(base.parameters(), Map.of()));
      long without = Slab.values(Slab.of(base.parameters(), Map.of(words, new int[0])));
      int size =
          base.parameters().stream()
              .filter(p -> p.name().equals(words))
              .findFirst()
              .orElseThrow()
              .size();
      assertThat(all - without).isEqualTo((long) size);
    }
  }

  @Test
  void neighbouringRowsShareASlab() {
    try (Base base = TinyWorld.base()) {
      String words = "embeddings.word_embeddings.weight";
      List<Slab> slabs =
          Slab.of(base.parameters(), Map.of(words, new int[] {3, 4, 5, 9})).stream()
              .filter(slab -> base.parameters().get(slab.parameter()).name().equals(words))
              .toList();
      int width = slabs.getLast().length();
      assertThat(slabs).extracting(Slab::length).containsExactly(3 * width, width);
      assertThat(slabs).extracting(Slab::offset).containsExactly(3 * width, 9 * width);
    }
  }

  @Test
  void blocksAreReadWithZerosBehindThemAndCopiesLeadBack() {
    try (Base base = TinyWorld.base();
        Arena memory = Arena.ofShared()) {
      List<Slab> slabs = Slab.of(base.parameters(), Map.of());
      FloatArray before = FloatArray.zeros(memory, Slab.total(slabs));
      Slab.copy(slabs, base.parameters(), before);
      Slab slab = slabs.getFirst();
      FloatArray block = FloatArray.zeros(memory, Vectors.BLOCK);
      block.fill(0, Vectors.BLOCK, 7);
      int n = slab.read(base.parameters().get(slab.parameter()).values(), 0, block);
      assertThat(n).isEqualTo(Math.min(Vectors.BLOCK, slab.length()));
      for (int i = 0; i < Vectors.whole(n); i++) {
        assertThat(block.get(i)).isEqualTo(i < n ? before.get(slab.state() + i) : 0);
      }
      double squares = 0;
      for (float x : before.toArray()) {
        squares += (double) x * x;
      }
      List<java.nio.FloatBuffer> values =
          base.parameters().stream().map(Parameter::values).toList();
      assertThat(Slab.norm(slabs, values))
          .isCloseTo(Math.sqrt(squares), org.assertj.core.api.Assertions.within(1e-3));
      base.parameters().forEach(p -> p.values().put(0, 99f));
      Slab.write(slabs, before, base.parameters());
      assertThat(base.currentDigest()).isEqualTo(base.digest());
    }
  }
}
