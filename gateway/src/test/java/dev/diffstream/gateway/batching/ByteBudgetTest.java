package dev.diffstream.gateway.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.gateway.batching.ByteBudget.Reservation;
import org.junit.jupiter.api.Test;

final class ByteBudgetTest {
  private final ByteBudget budget = new ByteBudget(100);

  @Test
  void whatDoesNotFitIsRefusedAndFitsWhenRoomIsGivenBack() {
    Reservation first = budget.reserve(60);
    Reservation second = budget.reserve(40);
    assertThatThrownBy(() -> budget.reserve(1))
        .hasMessage(
            "OVERLOADED: expected room for a request of 1 bytes, but requests of 100 bytes wait, of 100 at most");
    assertThat(budget.used()).isEqualTo(100);
    second.close();
    second.close();
    assertThat(budget.used()).isEqualTo(60);
    budget.reserve(40).close();
    first.close();
    assertThat(budget.used()).isZero();
  }

  @Test
  void oneThatIsLargerThanAllIsLetInAlone() {
    Reservation large = budget.reserve(1000);
    assertThatThrownBy(() -> budget.reserve(1)).hasMessageStartingWith("OVERLOADED: ");
    large.close();
    budget.reserve(1).close();
  }
}
