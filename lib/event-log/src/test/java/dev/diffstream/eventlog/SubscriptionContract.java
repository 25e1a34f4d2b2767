package dev.diffstream.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.EventLog.Subscription;
import dev.diffstream.eventlog.memory.MemoryEventLog;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the members of a consumer group are given. Each test has a topic and a group of its own. */
abstract class SubscriptionContract {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration TURN = Duration.ofMillis(50);
  private static final int PARTITIONS = 4;
  private static final AtomicInteger NEXT = new AtomicInteger();

  private String topic = "";
  private String group = "";
  private EventLog log = new MemoryEventLog();

  /** A log with {@code topic}. */
  abstract EventLog open(String topic, int partitions);

  @BeforeEach
  final void open() {
    int number = NEXT.incrementAndGet();
    topic = "stream-" + number;
    group = "consumers-" + number;
    log = open(topic, PARTITIONS);
  }

  @AfterEach
  final void close() {
    log.close();
  }

  private void publish(int from, int to) {
    for (int i = from; i < to; i++) {
      byte[] value = String.valueOf(i).getBytes(StandardCharsets.UTF_8);
      log.publish(topic, new EventLog.Message("key-" + i, Map.of(), value));
    }
  }

  private static int number(Received record) {
    return Integer.parseInt(new String(record.value(), StandardCharsets.UTF_8));
  }

  /** Reads until so many different ones were seen. */
  private static List<Integer> read(Subscription member, int count) {
    List<Integer> numbers = new ArrayList<>();
    long end = System.nanoTime() + SOON.toNanos();
    while (new HashSet<>(numbers).size() < count && System.nanoTime() < end) {
      member.poll(TURN).forEach(record -> numbers.add(number(record)));
    }
    return numbers;
  }

  @Test
  void whatIsNotCommittedComesAgainToTheNextMember() {
    publish(0, 10);
    try (Subscription first = log.subscribe(topic, group)) {
      assertThat(read(first, 10)).hasSize(10).doesNotHaveDuplicates();
    }
    try (Subscription second = log.subscribe(topic, group)) {
      assertThat(read(second, 10)).as("not committed").hasSize(10);
      second.commit();
    }
    publish(10, 12);
    try (Subscription third = log.subscribe(topic, group)) {
      assertThat(read(third, 2)).containsExactlyInAnyOrder(10, 11);
    }
  }

  @Test
  void anotherGroupReadsForItself() {
    publish(0, 3);
    try (Subscription member = log.subscribe(topic, group)) {
      read(member, 3);
      member.commit();
    }
    try (Subscription other = log.subscribe(topic, group + "-other")) {
      assertThat(read(other, 3)).containsExactlyInAnyOrder(0, 1, 2);
    }
  }

  @Test
  void theRecordsOfAPartitionComeInTheirOrder() {
    publish(0, 40);
    try (Subscription member = log.subscribe(topic, group)) {
      List<Received> records = new ArrayList<>();
      long end = System.nanoTime() + SOON.toNanos();
      while (records.size() < 40 && System.nanoTime() < end) {
        records.addAll(member.poll(TURN));
      }
      for (int partition = 0; partition < PARTITIONS; partition++) {
        int wanted = partition;
        assertThat(records.stream().filter(record -> record.partition() == wanted))
            .extracting(Received::offset)
            .isSorted();
      }
    }
  }

  @Test
  void twoMembersShareThePartitionsAndOneTakesAllWhenTheOtherLeaves() {
    try (Subscription first = log.subscribe(topic, group)) {
      try (Subscription second = log.subscribe(topic, group)) {
        Set<Integer> byFirst = new HashSet<>();
        Set<Integer> bySecond = new HashSet<>();
        int published = 0;
        long end = System.nanoTime() + SOON.toNanos();
        // until both have a share: the partitions are shared out some time after a member has come
        while ((byFirst.isEmpty() || bySecond.isEmpty()) && System.nanoTime() < end) {
          publish(published, published + PARTITIONS);
          published += PARTITIONS;
          take(first, byFirst);
          take(second, bySecond);
        }
        assertThat(byFirst).isNotEmpty();
        assertThat(bySecond).isNotEmpty();
        while (byFirst.size() + bySecond.size() < published && System.nanoTime() < end) {
          take(first, byFirst);
          take(second, bySecond);
        }
        Set<Integer> all = new HashSet<>(byFirst);
        all.addAll(bySecond);
        assertThat(all).as("none is lost").hasSize(published);
      }
      publish(1_000, 1_020);
      Set<Integer> rest = new HashSet<>();
      long end = System.nanoTime() + SOON.toNanos();
      while (!rest.containsAll(numbers(1_000, 1_020)) && System.nanoTime() < end) {
        take(first, rest);
      }
      assertThat(rest).containsAll(numbers(1_000, 1_020));
    }
  }

  private static void take(Subscription member, Set<Integer> numbers) {
    List<Received> records = member.poll(TURN);
    records.forEach(record -> numbers.add(number(record)));
    if (!records.isEmpty()) {
      try {
        member.commit();
      } catch (dev.diffstream.schemas.DiffstreamException e) {
        assertThat(e.code()).isEqualTo(dev.diffstream.schemas.ErrorCode.OUTCOME_UNKNOWN);
      }
    }
  }

  private static List<Integer> numbers(int from, int to) {
    return java.util.stream.IntStream.range(from, to).boxed().toList();
  }
}
