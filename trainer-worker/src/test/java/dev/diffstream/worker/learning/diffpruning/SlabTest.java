package dev.diffstream.worker.learning.diffpruning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.base.Parameter;
import dev.diffstream.worker.TinyWorld;
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
        assertThat(slab.state()).isEqualTo(state);
        assertThat(slab.length()).isBetween(1, 1 << 16);
        state += slab.length();
        for (int i = slab.offset(); i < slab.offset() + slab.length(); i++) {
          assertThat(seen[slab.parameter()].get(i)).isFalse();
          seen[slab.parameter()].set(i);
        }
      }
      assertThat(Slab.total(slabs)).isEqualTo(state);
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
      int all = Slab.total(Slab.of(base.parameters(), Map.of()));
      int without = Slab.total(Slab.of(base.parameters(), Map.of(words, new int[0])));
      int size =
          base.parameters().stream()
              .filter(p -> p.name().equals(words))
              .findFirst()
              .orElseThrow()
              .size();
      assertThat(all - without).isEqualTo(size);
    }
  }
}
