package dev.diffstream.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnprocessableEntityException;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import com.openai.models.finetuning.jobs.FineTuningJob;
import com.openai.models.finetuning.jobs.FineTuningJobEvent;
import com.openai.models.finetuning.jobs.JobCreateParams;
import com.openai.models.finetuning.jobs.JobListEventsParams;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublishedBuilder;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.RunProgressedBuilder;
import dev.diffstream.schemas.event.TaskSubmitted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** OpenAI's own Java client against the registry, as it is. */
class JobsTest {
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final String CHATS =
      "{\"messages\":[{\"role\":\"system\",\"content\":\"Sort mail.\"},{\"role\":\"user\",\"content\":\"Where is it?\"},{\"role\":\"assistant\",\"content\":\"delivery\"}]}\n"
          + "{\"messages\":[{\"role\":\"user\",\"content\":\"Money back!\"},{\"role\":\"assistant\",\"content\":\"refund\"}]}\n"
          + "{\"prompt\":\"Never came\",\"completion\":\" delivery\"}\n"
          + "{\"text\":\"Pay me\",\"label\":\"refund\"}\n";

  private final InMemoryBackends backends = new InMemoryBackends();
  private final RegistryServer server =
      RegistryServer.start(
          InMemoryBackends.settings(),
          backends.store,
          backends.log,
          io.opentelemetry.api.OpenTelemetry.noop());
  private final OpenAIClient client =
      OpenAIOkHttpClient.builder()
          .apiKey("none")
          .baseUrl("http://127.0.0.1:" + server.port() + "/v1")
          .build();

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  private FileObject upload(String content) {
    return client
        .files()
        .create(
            FileCreateParams.builder()
                .file(content.getBytes(UTF_8))
                .purpose(FilePurpose.FINE_TUNE)
                .build());
  }

  private FineTuningJob create(String file, String suffix) {
    return client
        .fineTuning()
        .jobs()
        .create(
            JobCreateParams.builder()
                .model("small")
                .trainingFile(file)
                .suffix(suffix)
                .seed(7)
                .build());
  }

  private static <T> T await(Supplier<T> value, java.util.function.Predicate<T> condition) {
    long end = System.nanoTime() + LONGEST.toNanos();
    while (true) {
      T now = value.get();
      if (condition.test(now)) {
        return now;
      }
      assertThat(System.nanoTime()).as(String.valueOf(now)).isLessThan(end);
    }
  }

  private FineTuningJob awaitStatus(String job, FineTuningJob.Status status) {
    return await(
        () -> {
          try {
            return client.fineTuning().jobs().retrieve(job);
          } catch (NotFoundException e) {
            return create("file-0", "never");
          }
        },
        known -> known.status().equals(status));
  }

  @Test
  void aJobIsATaskEventOverTheRowsOfItsFile() throws Exception {
    FileObject file = upload(CHATS);
    assertThat(file.bytes()).isEqualTo(CHATS.length());
    FineTuningJob job = create(file.id(), "mail");
    assertThat(job.status()).isEqualTo(FineTuningJob.Status.QUEUED);
    Received sent = backends.records(Topics.TASKS).getFirst();
    TaskSubmitted event =
        EventCodec.decode(sent.headers(), sent.value()).as(TaskSubmitted.class).data();
    assertThat(event.taskId()).isEqualTo("mail");
    assertThat(event.base()).isEqualTo("small");
    assertThat(event.settings()).containsKey("seed");
    assertThat(
            new String(
                backends.store.get(event.data().train().getFirst(), 1 << 20).orElseThrow(), UTF_8))
        .isEqualTo(
            "{\"text\":\"Where is it?\",\"label\":\"delivery\"}\n"
                + "{\"text\":\"Money back!\",\"label\":\"refund\"}\n"
                + "{\"text\":\"Never came\",\"label\":\"delivery\"}\n"
                + "{\"text\":\"Pay me\",\"label\":\"refund\"}\n");
  }

  @Test
  void aJobIsFollowedFromQueuedToItsModel() {
    FineTuningJob job = create(upload(CHATS).id(), "mail");
    String run = "run-" + job.id().substring(6);
    awaitKnown(job.id());
    for (int step = 1; step <= 30; step++) {
      progress(run, Phase.LEARNING_MASK, step);
    }
    awaitStatus(job.id(), FineTuningJob.Status.RUNNING);
    List<FineTuningJobEvent> events =
        await(
            () ->
                client
                    .fineTuning()
                    .jobs()
                    .listEvents(job.id(), JobListEventsParams.builder().limit(7).build())
                    .autoPager()
                    .stream()
                    .toList(),
            known -> known.size() >= 31);
    assertThat(events).extracting(FineTuningJobEvent::id).doesNotHaveDuplicates();
    assertThat(events.getLast().message()).contains("queued for task mail");

    client.fineTuning().jobs().pause(job.id());
    progress(run, Phase.PAUSED, 30);
    awaitStatus(job.id(), FineTuningJob.Status.of("paused"));
    client.fineTuning().jobs().resume(job.id());
    await(() -> backends.records(Topics.work(InMemoryBackends.BASE)).size(), count -> count == 2);

    byte[] diff = InMemoryBackends.diff("mail", new int[] {3}, 0.9);
    backends.send(
        Topics.DIFFS,
        DiffPublishedBuilder.builder(backends.stored("mail", "x", diff))
            .runId(run)
            .eventSource("/diffstream/api")
            .eventId(backends.records(Topics.TASKS).getFirst().headers().get("ce_id"))
            .build(),
        Map.of());
    FineTuningJob done = awaitStatus(job.id(), FineTuningJob.Status.SUCCEEDED);
    assertThat(done.fineTunedModel()).contains("mail");
    assertThat(done.finishedAt()).isPresent();
    assertThat(client.fineTuning().jobs().checkpoints().list(job.id()).data()).hasSize(1);
    assertThat(client.fineTuning().jobs().list().data())
        .extracting(FineTuningJob::id)
        .containsExactly(job.id());
  }

  private void awaitKnown(String job) {
    await(
        () -> {
          try {
            return client.fineTuning().jobs().retrieve(job).id();
          } catch (NotFoundException e) {
            return "";
          }
        },
        id -> id.equals(job));
    await(() -> backends.records(Topics.TASKS).size(), count -> count == 1);
    backends.log.ensureTopic(Topics.workTopic(InMemoryBackends.BASE));
    await(() -> backends.records(Topics.work(InMemoryBackends.BASE)).size(), count -> count == 1);
  }

  private void progress(String run, Phase phase, int step) {
    backends.send(
        Topics.RUNS,
        RunProgressedBuilder.builder()
            .runId(run)
            .taskId("mail")
            .attempt(1)
            .phase(phase)
            .step(step)
            .steps(30)
            .loss(1.0 / step)
            .share(step / 100.0)
            .admission(1L)
            .build(),
        Map.of());
  }

  @Test
  void aCancelledJobSaysSo() {
    FineTuningJob job = create(upload(CHATS).id(), "mail");
    awaitKnown(job.id());
    client.fineTuning().jobs().pause(job.id());
    progress("run-" + job.id().substring(6), Phase.PAUSED, 1);
    awaitStatus(job.id(), FineTuningJob.Status.of("paused"));
    client.fineTuning().jobs().cancel(job.id());
    FineTuningJob cancelled = awaitStatus(job.id(), FineTuningJob.Status.CANCELLED);
    assertThat(cancelled.error()).get().matches(error -> error.code().equals("CANCELLED"));
  }

  @Test
  void aJobIsKnownAtOnceAndItsRequestCanBeMadeAgain() {
    FileObject rows = upload(CHATS);
    FileObject heldOut = upload("{\"text\":\"Where?\",\"label\":\"delivery\"}");
    JobCreateParams request =
        JobCreateParams.builder()
            .model("small")
            .trainingFile(rows.id())
            .validationFile(heldOut.id())
            .suffix("mail")
            .putAdditionalHeader("Idempotency-Key", "k")
            .build();
    FineTuningJob job = client.fineTuning().jobs().create(request);
    assertThat(client.fineTuning().jobs().retrieve(job.id()).trainingFile()).isEqualTo(rows.id());
    client.files().delete(rows.id());
    assertThat(client.fineTuning().jobs().create(request).id()).isEqualTo(job.id());
    assertThatThrownBy(
            () -> client.fineTuning().jobs().create(request.toBuilder().suffix("other").build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("used for another request");
    assertThat(backends.records(Topics.TASKS)).hasSize(1);
  }

  @Test
  void aLineThatIsTooLongIsNamed(@TempDir Path directory) throws IOException {
    Path rows = directory.resolve("rows.jsonl");
    Files.writeString(rows, CHATS + "{\"text\":\"" + "a".repeat(1 << 20) + "\",\"label\":\"x\"}\n");
    FileObject file =
        client
            .files()
            .create(FileCreateParams.builder().file(rows).purpose(FilePurpose.FINE_TUNE).build());
    assertThat(file.filename()).isEqualTo("rows.jsonl");
    assertThatThrownBy(() -> create(file.id(), "mail"))
        .isInstanceOf(UnprocessableEntityException.class)
        .hasMessageContaining("line 5 has more than 1048576 bytes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'messages':[{'role':'user','content':'a'}]} | line 1 lacks a turn",
        "{'messages':[{'role':'user','content':'a'},{'role':'user','content':'b'},{'role':'assistant','content':'c'}]} | several turns",
        "{'prompt':'a'} | completion lacks",
        "{'text':'a','label':'x'}~{'text':'b','label':'x'} | one label alone: x",
        "{'text':'a','label':'x'}~nothing | line 2 is not JSON",
        "{'text':'a','label':'1'}~{'text':'b','label':'2'}~{'text':'c','label':'3'} | 3 answers for 3 rows",
        "~ | has no rows"
      })
  void filesThatAreNoClassificationAreRefusedBeforeAnythingIsSent(String rows, String says) {
    FileObject file = upload(rows.replace('\'', '"').replace("\"\"", "").replace('~', '\n'));
    assertThatThrownBy(() -> create(file.id(), "mail"))
        .isInstanceOf(UnprocessableEntityException.class)
        .hasMessageContaining(says);
    assertThat(backends.records(Topics.TASKS)).isEmpty();
    assertThat(backends.store.list("tasks/")).isEmpty();
  }

  @Test
  void whatIsUnknownOrWrongIsSaid() {
    assertThatThrownBy(() -> create("file-0", "mail")).isInstanceOf(NotFoundException.class);
    String file = upload(CHATS).id();
    assertThatThrownBy(() -> create(file, "No Task!"))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("suffix is the task's id");
    assertThatThrownBy(() -> client.fineTuning().jobs().retrieve("ftjob-1"))
        .isInstanceOf(NotFoundException.class);
    assertThat(client.files().list().data()).hasSize(1);
    try (var content = client.files().content(file)) {
      assertThat(content.body()).hasContent(CHATS);
    }
    assertThat(client.files().delete(file).deleted()).isTrue();
    assertThat(client.files().list().data()).isEmpty();
  }
}
