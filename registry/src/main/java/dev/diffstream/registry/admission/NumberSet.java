package dev.diffstream.registry.admission;

import java.util.HashSet;
import java.util.Set;

/** Numbers from 1 on, of which most are there. Belongs to one thread. */
final class NumberSet {
  private final Set<Long> above = new HashSet<>();
  private long allUpTo;

  void add(long number) {
    if (number > allUpTo) {
      above.add(number);
    }
    while (above.remove(allUpTo + 1)) {
      allUpTo++;
    }
  }

  boolean contains(long number) {
    return (number >= 1 && number <= allUpTo) || above.contains(number);
  }

  /** Every number from 1 to this one is there; 0: not even 1. */
  long allUpTo() {
    return allUpTo;
  }
}
