package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.registry.deadletter.DeadLetterArchive;
import dev.diffstream.registry.deadletter.DeadLetterArchive.Replay;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.RunFailedBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which of the letters that were chosen are sent once more. */
class DeadLetterReplayTest {
  private final InMemoryBackends backends = new InMemoryBackends();
  private final Map<String, RunView> runs = new HashMap<>();
  private final DeadLetterArchive archive =
      new DeadLetterArchive(
          backends.log, run -> Optional.ofNullable(runs.get(run)), () -> InMemoryBackends.NOW);

  private void letter(String run) {
    Map<String, String> headers =
        Map.of("ce_id", run, "diffstream_run_id", run, "diffstream_error_code", "INVALID_RECORD");
    backends.log.publish(
        Topics.TASKS_DEAD_LETTERS, new Message("mail", headers, new byte[] {'{', '}'}));
    runs.put(
        run,
        RunView.of(run, "mail", InMemoryBackends.NOW)
            .withFailure(
                RunFailedBuilder.builder()
                    .runId(run)
                    .taskId("mail")
                    .errorCode(FailureCode.of(ErrorCode.INVALID_RECORD))
                    .message("no")
                    .build(),
                InMemoryBackends.NOW));
  }

  @Test
  void aRunThatFailedTwiceIsSentOnce() {
    letter("run-1");
    letter("run-1");
    letter("run-2");
    List<Replay> replays = archive.replay(letter -> true, false);
    assertThat(replays).extracting(Replay::sent).containsExactly(false, true, true);
    assertThat(replays.getFirst().reason()).contains("later dead letter: diffstream.tasks.dlq/0/1");
    assertThat(backends.records(Topics.TASKS)).hasSize(2);
  }

  @Test
  void aRunThatWasSentOnceMoreAndHasNotEndedIsLeft() {
    letter("run-1");
    runs.computeIfPresent("run-1", (id, run) -> run.again());
    assertThat(archive.replay(letter -> true, false))
        .singleElement()
        .satisfies(
            replay -> {
              assertThat(replay.sent()).isFalse();
              assertThat(replay.reason()).contains("it is running");
            });
    assertThat(backends.records(Topics.TASKS)).isEmpty();
  }

  @Test
  void aButtonThatIsPressedTwiceSendsOnce() {
    letter("run-1");
    assertThat(archive.replay(letter -> true, true)).extracting(Replay::sent).containsExactly(true);
    assertThat(archive.replay(letter -> true, false))
        .extracting(Replay::sent)
        .containsExactly(true);
    assertThat(archive.replay(letter -> true, false))
        .extracting(Replay::sent)
        .containsExactly(false);
    assertThat(backends.records(Topics.TASKS)).hasSize(1);
  }
}
