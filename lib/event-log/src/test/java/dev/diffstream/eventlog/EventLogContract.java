package dev.diffstream.eventlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.eventlog.memory.MemoryEventLog;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link EventLog} does. Each test has a topic and a group of its own. */
abstract class EventLogContract {
  static final Duration LOCK = Duration.ofSeconds(3);
  static final int DELIVERY_LIMIT = 2;
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration MOMENT = Duration.ofSeconds(1);
  private static final AtomicInteger NEXT = new AtomicInteger();

  private String topic = "";
  private String group = "";
  private EventLog log = new MemoryEventLog();

  /** A log with {@code topic}, its dead letters {@code dlq.topic}, and {@code group} on it. */
  abstract EventLog open(String topic, int partitions, String group);

  @BeforeEach
  final void open() {
    int number = NEXT.incrementAndGet();
    topic = "topic-" + number;
    group = "group-" + number;
    log = open(topic, 1, group);
  }

  @AfterEach
  final void close() {
    log.close();
  }

  @Test
  void theRecordsOfOneKeyStayInOrder() {
    log.close();
    topic = topic + "-wide";
    log = open(topic, 3, group + "-wide");
    for (int i = 0; i < 20; i++) {
      publish("key-" + i % 4, String.valueOf(i));
    }
    try (EventLog.Follower follower = log.follow(topic)) {
      List<EventLog.Received> records = read(follower, 20);
      assertThat(follower.caughtUp()).isTrue();
      for (int key = 0; key < 4; key++) {
        String wanted = "key-" + key;
        assertThat(records.stream().filter(r -> r.key().equals(wanted)).map(r -> text(r)))
            .containsExactly(
                "" + key, "" + (key + 4), "" + (key + 8), "" + (key + 12), "" + (key + 16));
      }
    }
  }

  @Test
  void aTopicThatLacksIsMadeAndOneThatStandsKeepsItsRecords() {
    Topics.Topic made = new Topics.Topic(topic + "-made", 1, false);
    log.ensureTopic(made);
    log.publish(made.name(), new EventLog.Message("k", Map.of(), bytes("v")));
    log.ensureTopic(made);
    try (EventLog.Follower follower = log.follow(made.name())) {
      assertThat(text(read(follower, 1).getFirst())).isEqualTo("v");
    }
  }

  @Test
  void headersKeysAndValuesSurviveInUtf8() {
    Map<String, String> headers = Map.of("ce_subject", "Gruesse, Grüße, 挨拶", "empty", "");
    log.publish(topic, new EventLog.Message("schlüssel", headers, bytes("wert ✓")));
    try (EventLog.Follower follower = log.follow(topic)) {
      EventLog.Received record = read(follower, 1).getFirst();
      assertThat(record.headers()).isEqualTo(headers);
      assertThat(record.key()).isEqualTo("schlüssel");
      assertThat(text(record)).isEqualTo("wert ✓");
      assertThat(record.topic()).isEqualTo(topic);
    }
  }

  @Test
  void headersAreKeptByteByByte() {
    List<Header> headers =
        List.of(
            new Header("bytes", new byte[] {(byte) 0xFF, 0, (byte) 0xFE}),
            new Header("none", null),
            new Header("empty", new byte[0]),
            Header.of("twice", "first"),
            Header.of("twice", "second"));
    log.publish(topic, new EventLog.Message(bytes("k"), headers, bytes("v")));
    try (EventLog.Follower follower = log.follow(topic)) {
      EventLog.Received record = read(follower, 1).getFirst();
      assertThat(record.headerList()).isEqualTo(headers);
      assertThat(record.headers())
          .isEqualTo(Map.of("bytes", "\uFFFD\0\uFFFD", "none", "", "empty", "", "twice", "second"));
    }
  }

  @Test
  void noKeyAndNoValueAreNotTheEmptyOnes() {
    log.publish(topic, new EventLog.Message((byte[]) null, List.of(), null));
    log.publish(topic, new EventLog.Message("", Map.of(), new byte[0]));
    try (EventLog.Follower follower = log.follow(topic)) {
      List<EventLog.Received> records = read(follower, 2);
      assertThat(records.getFirst().keyBytes()).isNull();
      assertThat(records.getFirst().valueBytes()).isNull();
      assertThat(records.getFirst().isTombstone()).isTrue();
      assertThat(records.getFirst().key()).isEmpty();
      assertThat(records.getFirst().value()).isEmpty();
      assertThat(records.getLast().keyBytes()).isEmpty();
      assertThat(records.getLast().valueBytes()).isEmpty();
      assertThat(records.getLast().isTombstone()).isFalse();
    }
  }

  @Test
  void aTombstoneHasAKeyAndNoValue() {
    log.publish(topic, EventLog.Message.tombstone("gone"));
    try (EventLog.Follower follower = log.follow(topic)) {
      EventLog.Received record = read(follower, 1).getFirst();
      assertThat(record.key()).isEqualTo("gone");
      assertThat(record.isTombstone()).isTrue();
    }
  }

  @Test
  void aMessageThatIsTooLargeIsTheCallersMistake() {
    EventLog.Message message = new EventLog.Message("k", Map.of(), new byte[2 << 20]);
    assertThatThrownBy(() -> log.publish(topic, message))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_EVENT))
        .hasCauseInstanceOf(RecordTooLargeException.class);
  }

  @Test
  void aDeadLetterIsTheRecordByteByByteAndTheReason() {
    List<Header> headers =
        List.of(
            new Header("bytes", new byte[] {(byte) 0xFF, 0, (byte) 0xFE}),
            new Header("none", null),
            Header.of("twice", "first"),
            Header.of("twice", "second"));
    EventLog.Message bad =
        new EventLog.Message(new byte[] {(byte) 0xFF}, headers, new byte[] {1, 0, (byte) 0xFE});
    new DeadLetters(log, topic).send(bad, Map.of(DeadLetterHeaders.ORIGIN, "t/0/7"));
    EventLog.Received letter = onlyRecord();
    assertThat(letter.keyBytes()).isEqualTo(bad.keyBytes());
    assertThat(letter.valueBytes()).isEqualTo(bad.valueBytes());
    assertThat(letter.headerList().subList(0, 4)).isEqualTo(headers);
    assertThat(letter.headerList().subList(4, 5))
        .containsExactly(Header.of("diffstream_origin", "t/0/7"));
  }

  @Test
  void aDeadLetterThatIsTooLargeNamesTheRecord() {
    EventLog.Message bad =
        new EventLog.Message("k", Map.of("ce_id", "7"), bytes(" ".repeat(3_000_000)));
    new DeadLetters(log, topic).send(bad, Map.of(DeadLetterHeaders.ORIGIN, "t/0/7"));
    EventLog.Received letter = onlyRecord();
    assertThat(letter.key()).isEqualTo("k");
    assertThat(letter.isTombstone()).isTrue();
    assertThat(letter.headers())
        .isEqualTo(
            Map.of(
                "ce_id", "7",
                "diffstream_origin", "t/0/7",
                "diffstream_omitted_value_bytes", "3000000"));
  }

  @Test
  void aDeadLetterWhoseHeadersAreTooLargeNamesTheRecord() {
    EventLog.Message bad =
        new EventLog.Message(
            bytes("k".repeat(9000)), List.of(new Header("x", new byte[2 << 20])), bytes("v"));
    new DeadLetters(log, topic).send(bad, Map.of(DeadLetterHeaders.ORIGIN, "t/0/7"));
    EventLog.Received letter = onlyRecord();
    assertThat(letter.keyBytes()).isNull();
    assertThat(letter.headers())
        .isEqualTo(
            Map.of(
                "diffstream_origin", "t/0/7",
                "diffstream_omitted_headers", "1",
                "diffstream_omitted_value_bytes", "1"));
  }

  @Test
  void theReasonOfADeadLetterIsCutToItsBound() {
    EventLog.Message bad = new EventLog.Message("k", Map.of(), bytes("v"));
    new DeadLetters(log, topic).send(bad, Map.of("long", "é😀".repeat(1_000_000)));
    byte[] cut = onlyRecord().headerList().getFirst().value();
    assertThat(cut).hasSizeBetween(DeadLetterHeaders.MAX_BYTES - 5, DeadLetterHeaders.MAX_BYTES);
    assertThat(Header.text(cut)).startsWith("é😀é").endsWith("…").doesNotContain("\uFFFD");
  }

  @Test
  void aFollowerOfAnEmptyTopicIsCaughtUpAtOnce() {
    try (EventLog.Follower follower = log.follow(topic)) {
      assertThat(follower.caughtUp()).isTrue();
      assertThat(follower.poll(Duration.ofMillis(50))).isEmpty();
    }
  }

  @Test
  void aFollowerSeesLaterRecords() {
    publish("a", "early");
    try (EventLog.Follower follower = log.follow(topic)) {
      assertThat(follower.caughtUp()).isFalse();
      assertThat(read(follower, 1)).hasSize(1);
      assertThat(follower.caughtUp()).isTrue();
      publish("b", "late");
      assertThat(text(read(follower, 1).getFirst())).isEqualTo("late");
      assertThat(follower.caughtUp()).isTrue();
    }
  }

  @Test
  void membersShareTheWorkOneByOne() {
    for (int i = 0; i < 4; i++) {
      publish("same-key", String.valueOf(i));
    }
    try (EventLog.WorkQueue one = join();
        EventLog.WorkQueue two = join()) {
      List<String> taken = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        taken.add(text(take(one)));
        taken.add(text(take(two)));
        one.accept();
        two.accept();
      }
      assertThat(taken).containsExactlyInAnyOrder("0", "1", "2", "3");
    }
  }

  @Test
  void aRecordHeldLongerThanTheLockIsDeliveredOnce() {
    publish("a", "long");
    try (EventLog.WorkQueue holder = join();
        EventLog.WorkQueue other = join()) {
      take(holder);
      assertThat(other.take(LOCK.multipliedBy(2).plusSeconds(1))).isEmpty();
      assertThat(holder.holds()).isTrue();
      holder.accept();
      assertThat(other.take(MOMENT)).isEmpty();
      publish("a", "next");
      assertThat(text(take(holder))).isEqualTo("next");
      holder.accept();
    }
  }

  @Test
  void aMemberKnowsWhetherItHoldsItsRecord() {
    publish("a", "accepted");
    try (EventLog.WorkQueue queue = join()) {
      assertThat(queue.holds()).isFalse();
      take(queue);
      assertThat(queue.holds()).isTrue();
      queue.accept();
      assertThat(queue.holds()).isFalse();
      publish("a", "released");
      take(queue);
      assertThat(queue.holds()).isTrue();
      queue.release(Duration.ZERO);
      assertThat(queue.holds()).isFalse();
      take(queue);
      queue.close();
      assertThat(queue.holds()).isFalse();
    }
  }

  @Test
  void aMemberThatLeavesGivesItsRecordBack() {
    publish("a", "work");
    try (EventLog.WorkQueue other = join()) {
      try (EventLog.WorkQueue leaving = join()) {
        take(leaving);
      }
      assertThat(text(take(other))).isEqualTo("work");
      other.accept();
    }
  }

  @Test
  void aReleasedRecordComesAgainAfterTheDelay() {
    publish("a", "work");
    try (EventLog.WorkQueue queue = join()) {
      take(queue);
      long start = System.nanoTime();
      queue.release(Duration.ofMillis(700));
      assertThat(text(take(queue))).isEqualTo("work");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(690));
      queue.accept();
    }
  }

  @Test
  void closingEndsTheDelayOfARelease() throws Exception {
    publish("a", "work");
    EventLog.WorkQueue queue = join();
    take(queue);
    CountDownLatch releasing = new CountDownLatch(1);
    CompletableFuture<Void> release =
        CompletableFuture.runAsync(
            () -> {
              releasing.countDown();
              queue.release(Duration.ofHours(1));
            });
    releasing.await();
    queue.close();
    release.get(30, TimeUnit.SECONDS);
    try (EventLog.WorkQueue other = join()) {
      assertThat(text(take(other))).isEqualTo("work");
      other.accept();
    }
  }

  @Test
  void aRejectedRecordGoesToTheDeadLettersWithItsContent() {
    log.publish(topic, new EventLog.Message("a", Map.of("ce_id", "7"), bytes("poison")));
    try (EventLog.WorkQueue queue = join()) {
      take(queue);
      queue.reject();
      assertThat(queue.take(MOMENT)).isEmpty();
    }
    assertDeadLetter("a", "poison");
  }

  @Test
  void aRecordThatIsNeverSettledGoesToTheDeadLetters() {
    publish("a", "kills workers");
    for (int delivery = 0; delivery < DELIVERY_LIMIT; delivery++) {
      try (EventLog.WorkQueue queue = join()) {
        take(queue);
      }
    }
    try (EventLog.WorkQueue queue = join()) {
      assertThat(queue.take(MOMENT)).isEmpty();
    }
    assertDeadLetter("a", "kills workers");
  }

  /** No way of giving a record back leaves the count as it was; closing is tested above. */
  @Test
  void aReleaseCountsAsADelivery() {
    publish("a", "given back");
    try (EventLog.WorkQueue queue = join()) {
      for (int delivery = 0; delivery < DELIVERY_LIMIT; delivery++) {
        take(queue);
        queue.release(Duration.ZERO);
      }
      assertThat(queue.take(MOMENT)).isEmpty();
    }
    assertDeadLetter("a", "given back");
  }

  @Test
  void anAcceptedRecordIsNotDeliveredAgain() {
    publish("a", "done");
    try (EventLog.WorkQueue queue = join()) {
      take(queue);
      queue.accept();
    }
    try (EventLog.WorkQueue again = join()) {
      assertThat(again.take(MOMENT)).isEmpty();
      publish("a", "new");
      assertThat(text(take(again))).isEqualTo("new");
      again.accept();
    }
  }

  @Test
  void aRecordWithoutKeyAndValueDoesNotWedgeTheQueue() {
    publish("", "");
    publish("a", "next");
    try (EventLog.WorkQueue queue = join()) {
      List<String> keys = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        keys.add(take(queue).key());
        queue.accept();
      }
      assertThat(keys).containsExactlyInAnyOrder("", "a");
    }
  }

  @Test
  void aTopicThatDoesNotExistIsTheCallersMistake() {
    EventLog.Message message = new EventLog.Message("a", Map.of(), bytes("x"));
    assertThatThrownBy(() -> log.publish("no-such-topic", message))
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_EVENT));
    assertThatThrownBy(() -> log.follow("no-such-topic").close())
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_EVENT));
  }

  @Test
  void settlingNothingAndTakingTwiceAreMisuse() {
    publish("a", "work");
    try (EventLog.WorkQueue queue = join()) {
      assertThatThrownBy(queue::accept).isInstanceOf(IllegalStateException.class);
      take(queue);
      assertThatThrownBy(() -> queue.take(MOMENT)).isInstanceOf(IllegalStateException.class);
      queue.accept();
      assertThatThrownBy(queue::accept).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void thePingIsAnswered() {
    log.ping(SOON);
  }

  /** The broker copies key and value; the headers stand only in the record that it names. */
  private void assertDeadLetter(String key, String value) {
    try (EventLog.Follower follower = log.follow("dlq." + topic)) {
      EventLog.Received record = read(follower, 1).getFirst();
      assertThat(record.key()).isEqualTo(key);
      assertThat(text(record)).isEqualTo(value);
      assertThat(record.headers())
          .containsEntry("__dlq.errors.topic", topic)
          .containsEntry("__dlq.errors.offset", "0")
          .containsKeys("__dlq.errors.partition", "__dlq.errors.message")
          .doesNotContainKey("ce_id");
    }
  }

  private EventLog.Received onlyRecord() {
    try (EventLog.Follower follower = log.follow(topic)) {
      return read(follower, 1).getFirst();
    }
  }

  private EventLog.WorkQueue join() {
    return log.workQueue(topic, group);
  }

  private void publish(String key, String value) {
    log.publish(topic, new EventLog.Message(key, Map.of(), bytes(value)));
  }

  private static EventLog.Received take(EventLog.WorkQueue queue) {
    Optional<EventLog.Received> record = queue.take(SOON);
    assertThat(record).as("a record within " + SOON).isPresent();
    return record.orElseThrow();
  }

  @Test
  void aFollowerGoesOnWhereAnotherStood() {
    publish("key", "1");
    publish("key", "2");
    EventLog.Positions behindTwo;
    try (EventLog.Follower follower = log.follow(topic)) {
      assertThat(read(follower, 2)).hasSize(2);
      assertThat(follower.resumed()).isFalse();
      behindTwo = follower.positions();
    }
    assertThat(behindTwo.next()).isEqualTo(Map.of(0, 2L));
    try (EventLog.Follower follower = log.follow(topic, behindTwo)) {
      assertThat(follower.resumed()).isTrue();
      assertThat(follower.caughtUp()).isTrue();
      publish("key", "3");
      assertThat(text(read(follower, 1).getFirst())).isEqualTo("3");
      assertThat(follower.positions().next()).isEqualTo(Map.of(0, 3L));
    }
    try (EventLog.Follower follower = log.follow(topic, behindTwo)) {
      assertThat(follower.caughtUp()).isFalse();
    }
  }

  @Test
  void positionsThatTheTopicDoesNotHoldCountForNothing() {
    publish("key", "1");
    EventLog.Positions known;
    try (EventLog.Follower follower = log.follow(topic)) {
      known = follower.positions();
    }
    for (EventLog.Positions from :
        List.of(
            new EventLog.Positions("another", Map.of(0, 1L)),
            new EventLog.Positions(known.topicId(), Map.of(0, 7L)),
            new EventLog.Positions(known.topicId(), Map.of(9, 0L)))) {
      try (EventLog.Follower follower = log.follow(topic, from)) {
        assertThat(follower.resumed()).as("%s", from).isFalse();
        assertThat(text(read(follower, 1).getFirst())).isEqualTo("1");
      }
    }
  }

  private static List<EventLog.Received> read(EventLog.Follower follower, int count) {
    List<EventLog.Received> records = new ArrayList<>();
    long deadline = System.nanoTime() + SOON.toNanos();
    while (records.size() < count && System.nanoTime() < deadline) {
      records.addAll(follower.poll(Duration.ofMillis(200)));
    }
    assertThat(records).hasSize(count);
    return records;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(EventLog.Received record) {
    return new String(record.value(), StandardCharsets.UTF_8);
  }
}
