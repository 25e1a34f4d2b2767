package dev.diffstream.schemas.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.run.Confusion.Cell;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Cells in order, and no more of them than a report may hold. */
class ConfusionTest {
  @Test
  void cellsStandByRowsThenByLabels() {
    Confusion confusion =
        Confusion.of(List.of(new Cell("b", "a", 2), new Cell("a", "b", 2), new Cell("a", "a", 9)));
    assertThat(confusion.cells())
        .containsExactly(new Cell("a", "a", 9), new Cell("a", "b", 2), new Cell("b", "a", 2));
    assertThat(confusion.otherRows()).isZero();
  }

  @Test
  void theRowsOfCellsThatAreNotListedAreCounted() {
    List<Cell> cells = new ArrayList<>();
    for (int i = 0; i < Confusion.MAX_CELLS + 3; i++) {
      cells.add(new Cell("label " + i, "other", i == 0 ? 5 : 2));
    }
    Confusion confusion = Confusion.of(cells);
    assertThat(confusion.cells()).hasSize(Confusion.MAX_CELLS).startsWith(cells.get(0));
    assertThat(confusion.otherRows()).isEqualTo(6);
  }
}
