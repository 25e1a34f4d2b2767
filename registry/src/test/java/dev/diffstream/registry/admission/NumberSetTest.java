package dev.diffstream.registry.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NumberSetTest {
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void holdsWhatWasAddedInWhateverOrder(long seed) {
    Random random = new Random(seed);
    List<Long> order = new ArrayList<>(LongStream.rangeClosed(1, 200).boxed().toList());
    Collections.shuffle(order, random);
    NumberSet numbers = new NumberSet();
    Set<Long> expected = new HashSet<>();
    for (long number : order) {
      numbers.add(number);
      expected.add(number);
      for (long asked = -1; asked <= 202; asked++) {
        assertThat(numbers.contains(asked)).isEqualTo(expected.contains(asked));
      }
      assertThat(expected)
          .containsAll(LongStream.rangeClosed(1, numbers.allUpTo()).boxed().toList());
      assertThat(expected).doesNotContain(numbers.allUpTo() + 1);
    }
    assertThat(numbers.allUpTo()).isEqualTo(200);
  }
}
