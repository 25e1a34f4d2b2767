package dev.diffstream.gateway.announcement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.gateway.confidence.Moments;
import dev.diffstream.gateway.memory.DiffMemory;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidency.Certificate;
import dev.diffstream.schemas.event.GatewayResidency.Confidence;
import dev.diffstream.schemas.event.GatewayResidency.State;
import dev.diffstream.schemas.registry.AliasTarget;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** After each new version the probes of other tasks are compared with what they said before. */
final class CertificatesTest {
  private final LoadingGateway gateway = new LoadingGateway();

  @AfterEach
  void close() {
    gateway.close();
  }

  private AnnouncementFollower serving(String... tasks) {
    for (String task : tasks) {
      gateway.announce(task, 1);
    }
    AnnouncementFollower follower = gateway.start();
    settle(follower);
    return follower;
  }

  private void settle(AnnouncementFollower follower) {
    do {
      gateway.settle(follower);
      for (Runnable next = gateway.certifying.poll();
          next != null;
          next = gateway.certifying.poll()) {
        next.run();
      }
      follower.step(Duration.ZERO);
    } while (!gateway.certifying.isEmpty());
  }

  private List<GatewayResidency> words(String task) {
    return gateway.backends.residency().stream().filter(w -> w.taskId().equals(task)).toList();
  }

  private @Nullable Certificate certificate(String task) {
    return words(task).getLast().certificate();
  }

  @Test
  void theOthersAreAskedAgainAndTheResultStandsInTheResidency() {
    AnnouncementFollower follower = serving("books", "films", "songs");
    assertThat(gateway.backends.residency())
        .as("what it began with is not new")
        .allMatch(word -> word.certificate() == null);
    gateway.announce("films", 2);
    gateway.pause(Duration.ofSeconds(7));
    settle(follower);
    GatewayResidency word = words("films").getLast();
    assertThat(word.version()).isEqualTo(2);
    assertThat(word.state()).isEqualTo(State.LOADED);
    assertThat(word.certificate())
        .isEqualTo(new Certificate(LoadingGateway.BASE, null, 2, 2, List.of(), gateway.now));
    assertThat(words("films")).extracting(GatewayResidency::version).containsExactly(1L, 2L, 2L);
    assertThat(words("books")).hasSize(1);
    assertThat(gateway.counts.certificates().sum()).isEqualTo(1);
    assertThat(gateway.counts.tasks().sum()).isEqualTo(2);
    assertThat(follower.quarantine().size()).isZero();
    assertThat(gateway.model.inUse()).as("nobody else holds a diff").isEqualTo(4);
  }

  @Test
  void oneBitOfAnotherTaskIsFoundAndToldEverywhere() {
    AnnouncementFollower follower = serving("books", "films", "songs");
    gateway.announce("films", 2);
    settle(follower);
    gateway.model.leaksInto = "songs";
    gateway.announce("films", 3);
    settle(follower);
    Certificate found = Objects.requireNonNull(certificate("films"));
    assertThat(found.tasks()).isEqualTo(2);
    assertThat(found.equal()).isEqualTo(1);
    assertThat(found.different()).containsExactly("songs");
    assertThat(gateway.counts.different().sum()).isEqualTo(1);
    var entry = follower.quarantine().find("certificates/films").orElseThrow();
    assertThat(entry.code()).isEqualTo(ErrorCode.SELF_TEST_FAILED);
    assertThat(entry.reason()).contains("films").contains("songs").contains("version 3");
    assertThat(follower.catalog().resident()).as("it says so and goes on").hasSize(3);
    gateway.model.leaksInto = "";
    gateway.announce("films", 4);
    settle(follower);
    assertThat(Objects.requireNonNull(certificate("films")).different()).isEmpty();
    assertThat(follower.quarantine().size()).isZero();
  }

  /** Thirty-two of them, beginning behind the new version's task and going on at the first. */
  @Test
  void tasksNextToItAreCompared() {
    String[] tasks = new String[40];
    for (int i = 0; i < tasks.length; i++) {
      tasks[i] = "task-%02d".formatted(i);
    }
    AnnouncementFollower follower = serving(tasks);
    gateway.model.leaksInto = "task-21"; // the 32nd behind task-29
    gateway.announce("task-29", 2);
    gateway.announce("task-28", 2);
    settle(follower);
    assertThat(Objects.requireNonNull(certificate("task-29")).tasks())
        .isEqualTo(Certificate.MAX_TASKS);
    assertThat(Objects.requireNonNull(certificate("task-29")).different())
        .containsExactly("task-21");
    assertThat(Objects.requireNonNull(certificate("task-28")).different()).isEmpty();
  }

  @Test
  void aVersionThatWasReplacedMeanwhileGetsNone() {
    AnnouncementFollower follower = serving("books", "films");
    gateway.announce("films", 2);
    gateway.settle(follower);
    assertThat(gateway.certifying).hasSize(1);
    gateway.announce("films", 3);
    gateway.settle(follower);
    settle(follower);
    assertThat(words("films"))
        .filteredOn(word -> word.certificate() != null)
        .extracting(GatewayResidency::version)
        .containsExactly(3L);
    gateway.announce("films", 4);
    gateway.settle(follower);
    gateway.backends.withdraw("films", 5);
    settle(follower);
    assertThat(words("films").getLast().state()).isEqualTo(State.WITHDRAWN);
    assertThat(words("films").getLast().certificate()).isNull();
    assertThat(gateway.counts.certificates().sum()).isEqualTo(1);
  }

  @Test
  void whatIsNotInMemoryIsNotRead() {
    gateway.model.bytesOfADiff = 100;
    gateway.memory = new DiffMemory(200, Set.of());
    AnnouncementFollower follower = serving("books", "films", "songs", "texts");
    for (long version = 2; version <= 3; version++) {
      follower.catalog().find("songs").prepared().acquire().orElseThrow().release();
      gateway.announce("films", version);
      settle(follower);
    }
    assertThat(Objects.requireNonNull(certificate("films")).tasks()).isEqualTo(1);
    assertThat(gateway.memory.size()).isEqualTo(2);
  }

  /** The topic keeps the last word alone. */
  @Test
  void whatWasSaidBeforeStandsInTheWordWithTheCertificate() {
    AnnouncementFollower follower = serving("books", "films");
    gateway.announce("films", 2);
    gateway.settle(follower);
    for (long version : new long[] {2, 3}) {
      AliasTarget target = LoadingGateway.target("films", version);
      gateway.backends.store.put(
          ObjectKeys.diff(target.digest()), LoadingGateway.diff("films", version), Map.of());
    }
    gateway.backends.announce(
        "films",
        3,
        Map.of(
            "champion", LoadingGateway.target("films", 2),
            "candidate", LoadingGateway.target("films", 3)));
    gateway.settle(follower);
    assertThat(words("films").getLast().candidate()).isNotNull();
    assertThat(certificate("films")).isNull();
    settle(follower);
    assertThat(certificate("films")).isNotNull();
    assertThat(words("films").getLast().candidate()).isNotNull();
    gateway.backends.announce("films", 4, Map.of("champion", LoadingGateway.target("films", 2)));
    settle(follower);
    assertThat(words("films").getLast().generation()).isEqualTo(4);
    assertThat(certificate("films")).as("the same version").isNotNull();
    assertThat(words("films").getLast().candidate()).isNull();
  }

  @Test
  void howSureAChampionIsStandsInItsResidencyOnceAMinute() {
    AnnouncementFollower follower = serving("books", "films");
    gateway.settle(follower);
    String digest = LoadingGateway.target("films", 1).digest();
    int before = words("films").size();
    gateway.confidences.answered("films", digest, new Moments(500, 0.9, 4.99));
    gateway.pause(Duration.ofMinutes(2));
    gateway.settle(follower);
    assertThat(words("films")).as("nothing to compare with").hasSize(before);
    gateway.confidences.answered("films", digest, new Moments(250, 0.8, 2.49));
    gateway.confidences.answered("films", "another", new Moments(250, 0.1, 0));
    gateway.settle(follower);
    assertThat(words("films")).as("not so soon").hasSize(before);
    gateway.pause(Duration.ofMinutes(1));
    gateway.settle(follower);
    gateway.settle(follower);
    Confidence told = Objects.requireNonNull(words("films").getLast().confidence());
    assertThat(told.reference()).isEqualTo(new GatewayResidency.Window(500, 0.9, 0.01));
    assertThat(told.latest().answers()).isEqualTo(250);
    assertThat(told.latest().mean()).isEqualTo(0.8);
    gateway.pause(Duration.ofMinutes(1));
    gateway.settle(follower);
    assertThat(words("films")).as("it has not changed").hasSize(before + 1);
    gateway.announce("films", 2);
    settle(follower);
    assertThat(words("films").getLast().confidence()).as("another version").isNull();
  }
}
