package dev.diffstream.objectstore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.objectstore.ObjectStore.ObjectInfo;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link ObjectStore} does. Each test works under a prefix of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ObjectStoreContract {
  private static final int RACES = 5;
  private static final int RACERS = 16;
  private static final Map<String, String> NONE = Map.of();

  /** The store under test, open during all tests. */
  abstract ObjectStore store();

  /** Another store that the test closes. */
  abstract ObjectStore open();

  private static String prefix() {
    return "contract/" + UUID.randomUUID() + "/";
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  @Test
  void ofManyCreatorsExactlyOneWins() throws Exception {
    for (int race = 0; race < RACES; race++) {
      String key = prefix() + "raced";
      List<PutOutcome> outcomes = race(key);
      assertThat(outcomes).containsOnlyOnce(PutOutcome.CREATED).hasSize(RACERS);
      int winner = outcomes.indexOf(PutOutcome.CREATED);
      assertThat(store().get(key, 1)).hasValue(new byte[] {(byte) winner});
    }
  }

  private List<PutOutcome> race(String key) throws Exception {
    CyclicBarrier start = new CyclicBarrier(RACERS);
    List<Callable<PutOutcome>> racers = new ArrayList<>();
    for (int i = 0; i < RACERS; i++) {
      byte[] own = {(byte) i};
      racers.add(
          () -> {
            start.await();
            return store().putIfAbsent(key, own, NONE);
          });
    }
    List<PutOutcome> outcomes = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(RACERS)) {
      for (Future<PutOutcome> outcome : threads.invokeAll(racers)) {
        outcomes.add(outcome.get());
      }
    }
    return outcomes;
  }

  @Test
  void putIfAbsentLeavesTheFirstObjectAlone() {
    String key = prefix() + "first";
    assertThat(store().putIfAbsent(key, bytes(10), Map.of("name", "first")))
        .isEqualTo(PutOutcome.CREATED);
    assertThat(store().putIfAbsent(key, bytes(20), Map.of("name", "second")))
        .isEqualTo(PutOutcome.EXISTS);
    assertThat(store().putIfAbsent(key, bytes(10), Map.of("name", "first")))
        .isEqualTo(PutOutcome.EXISTS);
    assertThat(store().stat(key)).hasValue(new ObjectInfo(key, 10, Map.of("name", "first")));
  }

  @Test
  void putIfAbsentCreatesAgainAfterADelete() {
    String key = prefix() + "again";
    store().putIfAbsent(key, bytes(1), NONE);
    store().delete(key);
    assertThat(store().putIfAbsent(key, bytes(2), NONE)).isEqualTo(PutOutcome.CREATED);
    assertThat(store().get(key, 10)).hasValue(bytes(2));
  }

  @Test
  void putIfAbsentTakesMoreThanAPart() {
    String key = prefix() + "large";
    byte[] large = bytes(9 << 20);
    assertThat(store().putIfAbsent(key, large, NONE)).isEqualTo(PutOutcome.CREATED);
    assertThat(store().putIfAbsent(key, bytes(9 << 20), NONE)).isEqualTo(PutOutcome.EXISTS);
    assertThat(store().get(key, large.length)).hasValue(large);
  }

  @Test
  void putReplacesBytesAndMetadata() {
    String key = prefix() + "replaced";
    store().put(key, bytes(10), Map.of("old", "1"));
    store().put(key, bytes(20), Map.of("new", "2"));
    assertThat(store().get(key, 20)).hasValue(bytes(20));
    assertThat(store().stat(key)).hasValue(new ObjectInfo(key, 20, Map.of("new", "2")));
  }

  @Test
  void rangesAreCutAtTheEnd() {
    String key = prefix() + "range";
    byte[] all = bytes(100);
    store().put(key, all, NONE);
    assertThat(store().getRange(key, 0, 100)).hasValue(all);
    assertThat(store().getRange(key, 10, 5)).hasValue(Arrays.copyOfRange(all, 10, 15));
    assertThat(store().getRange(key, 99, 1)).hasValue(Arrays.copyOfRange(all, 99, 100));
    assertThat(store().getRange(key, 90, 50)).hasValue(Arrays.copyOfRange(all, 90, 100));
    assertThat(store().getRange(key, 0, Integer.MAX_VALUE)).hasValue(all);
    assertThat(store().getRange(key, 100, 1)).hasValue(new byte[0]);
    assertThat(store().getRange(key, 1L << 40, 1)).hasValue(new byte[0]);
    assertThat(store().getRange(key, 5, 0)).hasValue(new byte[0]);
    assertThatThrownBy(() -> store().getRange(key, -1, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anEmptyObjectIsAnObject() throws IOException {
    String key = prefix() + "empty";
    assertThat(store().putIfAbsent(key, new byte[0], NONE)).isEqualTo(PutOutcome.CREATED);
    assertThat(store().putIfAbsent(key, new byte[0], NONE)).isEqualTo(PutOutcome.EXISTS);
    assertThat(store().get(key, 0)).hasValue(new byte[0]);
    assertThat(store().getRange(key, 0, 10)).hasValue(new byte[0]);
    try (InputStream content = store().open(key).orElseThrow()) {
      assertThat(content.read()).isEqualTo(-1);
    }
    store().upload(key + "-uploaded", InputStream.nullInputStream(), NONE);
    assertThat(store().stat(key + "-uploaded"))
        .hasValue(new ObjectInfo(key + "-uploaded", 0, NONE));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 6 << 20, 8 << 20, 17 << 20})
  void uploadsStreamsOfAnyLength(int length) throws IOException {
    String key = prefix() + "uploaded";
    byte[] content = bytes(length);
    store().upload(key, new ByteArrayInputStream(content), Map.of("name", "v"));
    assertThat(store().stat(key)).hasValue(new ObjectInfo(key, length, Map.of("name", "v")));
    try (InputStream back = store().open(key).orElseThrow()) {
      assertThat(Arrays.equals(back.readAllBytes(), content)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1 << 20, 12 << 20})
  void anUploadWhoseSourceFailsLeavesNothing(int length) {
    String prefix = prefix();
    InputStream failing =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("the disk is on fire");
          }
        };
    InputStream content = new SequenceInputStream(new ByteArrayInputStream(bytes(length)), failing);
    assertThatThrownBy(() -> store().upload(prefix + "failed", content, NONE))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> hasCode(e, ErrorCode.DATA_UNREADABLE))
        .hasMessageContaining("the disk is on fire");
    assertThat(store().stat(prefix + "failed")).isEmpty();
    assertThat(store().get(prefix + "failed", 1 << 30)).isEmpty();
    try (Stream<String> keys = store().list(prefix)) {
      assertThat(keys).doesNotContain(prefix + "failed");
    }
  }

  @Test
  void listsMoreThanAPageInOrder() throws Exception {
    String prefix = prefix();
    List<String> expected =
        IntStream.rangeClosed(1, 1005).mapToObj(i -> prefix + String.format("%020d", i)).toList();
    List<Callable<PutOutcome>> writes = new ArrayList<>();
    expected.forEach(key -> writes.add(() -> store().putIfAbsent(key, new byte[0], NONE)));
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (Future<PutOutcome> written : threads.invokeAll(writes.reversed())) {
        assertThat(written.get()).isEqualTo(PutOutcome.CREATED);
      }
    }
    try (Stream<String> keys = store().list(prefix)) {
      assertThat(keys.toList()).isEqualTo(expected);
    }
    try (Stream<String> keys = store().list(prefix)) {
      assertThat(keys.limit(2).toList()).isEqualTo(expected.subList(0, 2));
    }
  }

  @Test
  void aListingBeginsBehindAKeyAndTellsSizeAndChange() {
    String prefix = prefix();
    List<String> keys = Stream.of("a", "a-/x", "b").map(prefix::concat).toList();
    keys.forEach(key -> store().put(key, key.getBytes(UTF_8), NONE));
    assertThat(entries(prefix, "")).extracting(ObjectStore.Listed::key).isEqualTo(keys);
    assertThat(entries(prefix, keys.get(0)))
        .extracting(ObjectStore.Listed::key)
        .containsExactly(keys.get(1), keys.get(2));
    assertThat(entries(prefix, keys.get(2))).isEmpty();
    ObjectStore.Listed before = entries(keys.get(2), "").getFirst();
    assertThat(before.size()).isEqualTo(keys.get(2).length());
    assertThat(entries(keys.get(2), "")).as("it is the same").containsExactly(before);
    byte[] other = keys.get(2).replace('b', 'c').getBytes(UTF_8);
    store().put(keys.get(2), other, NONE);
    assertThat(entries(keys.get(2), "").getFirst().tag()).isNotEqualTo(before.tag());
  }

  private List<ObjectStore.Listed> entries(String prefix, String after) {
    try (Stream<ObjectStore.Listed> entries = store().entries(prefix, after)) {
      return entries.toList();
    }
  }

  @Test
  void prefixesAreTextNotFolders() {
    String prefix = prefix();
    List<String> keys =
        Stream.of("a!/x", "a-b", "a/b", "a/b-c", "a/c/d", "a0", "ab").map(prefix::concat).toList();
    keys.reversed().forEach(key -> store().put(key, new byte[1], NONE));
    assertThat(list(prefix)).isEqualTo(keys);
    assertThat(list(prefix + "a/")).isEqualTo(keys.subList(2, 5));
    assertThat(list(prefix + "a/b")).isEqualTo(keys.subList(2, 4));
    assertThat(list(prefix + "a")).isEqualTo(keys);
    assertThat(list(prefix + "a/b/")).isEmpty();
    assertThat(list(prefix + "z")).isEmpty();
  }

  private List<String> list(String prefix) {
    try (Stream<String> keys = store().list(prefix)) {
      return keys.toList();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "two words",
        "äöü/日本語",
        "a+b",
        "100%25",
        "q?x=1&y=2#z",
        "it's",
        "~tilde(1)*",
        "😀"
      })
  void keysAreAnyText(String name) {
    String prefix = prefix();
    String key = prefix + name;
    byte[] content = name.getBytes(UTF_8);
    assertThat(store().putIfAbsent(key, content, NONE)).isEqualTo(PutOutcome.CREATED);
    assertThat(store().putIfAbsent(key, content, NONE)).isEqualTo(PutOutcome.EXISTS);
    assertThat(store().get(key, 100)).hasValue(content);
    assertThat(list(prefix)).containsExactly(key);
    assertThat(list(key)).containsExactly(key);
    store().delete(key);
    assertThat(store().stat(key)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'', empty",
    "/a, one object",
    "a/, one object",
    "a//b, one object",
    "./a, no part",
    "a/../b, no part",
    "a\u0000b, control",
    "a\tb, control",
    "a\u007Fb, control",
    "a\uD800b, surrogate",
    "a\uDC00, surrogate"
  })
  void refusesKeysThatServersTreatDifferently(String key, String says) {
    List<ThrowingCallable> calls =
        List.of(
            () -> store().stat(key),
            () -> store().get(key, 1),
            () -> store().getRange(key, 0, 1),
            () -> store().open(key),
            () -> store().put(key, new byte[0], NONE),
            () -> store().putIfAbsent(key, new byte[0], NONE),
            () -> store().upload(key, InputStream.nullInputStream(), NONE),
            () -> store().delete(key));
    calls.forEach(call -> refuses(call, says));
  }

  @Test
  void aKeyHasAtMost1024BytesNotCharacters() {
    String prefix = prefix();
    String deep = prefix + "a/".repeat((1023 - prefix.length()) / 2) + "a";
    assertThat(store().stat(deep)).isEmpty();
    String chinese = "字/".repeat(260) + "字";
    refuses(() -> store().stat(chinese), "at most 1024 bytes of UTF-8, got 1043");
    refuses(() -> store().put(chinese, new byte[0], NONE), "at most 1024 bytes");
    refuses(() -> store().list(chinese).toList(), "at most 1024 bytes");
    assertThatThrownBy(() -> store().stat("x".repeat(1 << 20)))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400));
  }

  private static void refuses(ThrowingCallable call, String says) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> hasCode(e, ErrorCode.DATA_UNREADABLE))
        .hasMessageContaining(says);
  }

  @Test
  void metadataComesBackAsItWas() {
    String key = prefix() + "metadata";
    Map<String, String> metadata =
        Map.of("sha256", "0f".repeat(32), "two-words", "a value, with: signs=1", "number", "12");
    store().putIfAbsent(key, bytes(3), metadata);
    assertThat(store().stat(key)).hasValue(new ObjectInfo(key, 3, metadata));
  }

  @Test
  void metadataIsPlainAscii() {
    String key = prefix() + "refused";
    for (Map<String, String> bad :
        List.of(Map.of("Name", "v"), Map.of("a b", "v"), Map.of("n", "ä"), Map.of("n", " v"))) {
      assertThatThrownBy(() -> store().put(key, new byte[0], bad))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(store().stat(key)).isEmpty();
  }

  @Test
  void whatIsAbsentIsAnEmptyAnswer() {
    String key = prefix() + "absent";
    assertThat(store().stat(key)).isEmpty();
    assertThat(store().get(key, 10)).isEmpty();
    assertThat(store().getRange(key, 0, 10)).isEmpty();
    assertThat(store().getRange(key, 0, 0)).isEmpty();
    assertThat(store().open(key)).isEmpty();
  }

  @Test
  void readsNoMoreThanTheCallerTakes() {
    String key = prefix() + "capped";
    store().put(key, bytes(100), NONE);
    assertThat(store().get(key, 100)).hasValue(bytes(100));
    assertThat(store().get(key, Long.MAX_VALUE)).hasValue(bytes(100));
    assertThatThrownBy(() -> store().get(key, 99))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> hasCode(e, ErrorCode.QUOTA_EXCEEDED))
        .hasMessageContainingAll(key, "100", "99");
  }

  @Test
  void deletingTwiceIsFine() {
    String key = prefix() + "deleted";
    store().put(key, bytes(1), NONE);
    store().delete(key);
    assertThatCode(() -> store().delete(key)).doesNotThrowAnyException();
    assertThat(store().get(key, 1)).isEmpty();
  }

  @Test
  void aClosedStoreRefuses() {
    ObjectStore closed = open();
    closed.close();
    closed.close();
    List<ThrowingCallable> calls =
        List.of(
            () -> closed.stat("k"),
            () -> closed.get("k", 1),
            () -> closed.open("k"),
            () -> closed.put("k", new byte[0], NONE),
            () -> closed.putIfAbsent("k", new byte[0], NONE),
            () -> closed.upload("k", InputStream.nullInputStream(), NONE),
            () -> closed.list("k").toList(),
            () -> closed.delete("k"));
    calls.forEach(
        call ->
            assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                    DiffstreamException.class, e -> hasCode(e, ErrorCode.OVERLOADED))
                .hasMessageContaining("closed"));
  }

  @Test
  void passesTheStartUpProbe() {
    StoreProbe.run(store());
    assertThat(list("probe/")).isEmpty();
  }

  private static void hasCode(DiffstreamException failure, ErrorCode code) {
    assertThat(failure.code()).isEqualTo(code);
  }
}
