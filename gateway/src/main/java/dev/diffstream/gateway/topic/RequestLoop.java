package dev.diffstream.gateway.topic;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.EventLog.Subscription;
import dev.diffstream.gateway.face.PredictHandler;
import dev.diffstream.gateway.prediction.TaskPredictions;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.PredictionRequested;
import dev.diffstream.service.Backoff;
import dev.diffstream.service.OwnerThread;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the requests of {@link Topics#REQUESTS} on {@link Topics#PREDICTIONS}. The records of a
 * poll wait for the model together; what the gateway cannot take now is asked again until the
 * request's time is used up; the records are committed once every one has an answer on the topic.
 * So each request is answered at least once, also if the gateway dies.
 */
public final class RequestLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RequestLoop.class);
  private static final Duration WAIT = Duration.ofMillis(200);

  /** A poll waits for its slowest request, whose time is bounded, and for the broker. */
  private static final Duration MAX_STEP = Subscription.MAX_SILENCE;

  private static final Duration MIN_PAUSE = Duration.ofMillis(20);
  private static final Duration MAX_PAUSE = Duration.ofSeconds(1);

  private final EventLog log;
  private final PredictHandler handler;
  private final String gatewayId;
  private final InstantSource clock;
  private final BooleanSupplier ready;
  private final ExecutorService asking = Executors.newVirtualThreadPerTaskExecutor();
  private final Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(10));
  private final OwnerThread thread = new OwnerThread("requests", this::turn, this::leave);
  private @Nullable Subscription subscription;

  /**
   * @param ready requests are read while it says so
   */
  public RequestLoop(
      EventLog log,
      PredictHandler handler,
      String gatewayId,
      InstantSource clock,
      BooleanSupplier ready) {
    this.log = log;
    this.handler = handler;
    this.gatewayId = gatewayId;
    this.clock = clock;
    this.ready = ready;
  }

  public void start() {
    thread.start();
  }

  public boolean makesProgress() {
    return thread.progressedWithin(MAX_STEP);
  }

  private void turn() {
    if (!ready.getAsBoolean()) {
      thread.pause(WAIT);
      return;
    }
    try {
      Subscription joined = subscription;
      if (joined == null) {
        joined = log.subscribe(Topics.REQUESTS, Topics.GATEWAYS);
        subscription = joined;
      }
      answer(joined, joined.poll(WAIT));
      backoff.reset();
    } catch (DiffstreamException e) {
      LOG.warn("reading requests of the topic failed, trying again: {}", e.getMessage());
      thread.pause(backoff.next());
    } catch (RuntimeException e) {
      LOG.error("reading requests of the topic failed, trying again", e);
      thread.pause(backoff.next());
    }
  }

  private void answer(Subscription from, List<Received> records) {
    if (records.isEmpty()) {
      return;
    }
    List<CompletableFuture<?>> answered = new ArrayList<>();
    for (Received record : records) {
      answered.add(CompletableFuture.runAsync(() -> answer(record), asking));
    }
    answered.forEach(CompletableFuture::join);
    if (thread.isStopping()) {
      return; // some may have no answer: they come again, to whoever is here then
    }
    try {
      from.commit();
    } catch (DiffstreamException e) {
      LOG.warn("some requests will be answered again: {}", e.getMessage());
    }
  }

  /** Publishes what becomes of a request; gives up when the gateway stops. */
  private void answer(Received record) {
    TopicRequest request = TopicRequest.of(record);
    long end = System.nanoTime() + request.timeout().toNanos();
    Backoff pauses = new Backoff(MIN_PAUSE, MAX_PAUSE);
    while (!thread.isStopping()) {
      DiffstreamException failure;
      try {
        publish(ask(request), true);
        return;
      } catch (DiffstreamException e) {
        failure = e;
      }
      if (!TopicRequest.passes(failure) || System.nanoTime() >= end) {
        publish(request.failed(failure, gatewayId, clock.instant()), false);
        return;
      }
      thread.pause(pauses.next());
    }
  }

  private Message ask(TopicRequest request) {
    EventEnvelope<PredictionRequested> event = request.event();
    if (event == null) {
      throw request.unreadable() == null
          ? new DiffstreamException(ErrorCode.INVALID_EVENT, "expected a request for a prediction")
          : request.unreadable();
    }
    try {
      TaskPredictions predictions =
          handler
              .ofTask(
                  request.task(),
                  request.caller(event),
                  diff -> TopicRequest.asked(event.data()),
                  TaskPredictions::of)
              .join();
      return request.answered(predictions, gatewayId, clock.instant());
    } catch (CompletionException e) {
      throw TaskPredictions.known(e);
    }
  }

  /**
   * A broker that is away, or lacks the topic, is waited for: the records are not done before.
   *
   * @param large whether it may be larger than the broker takes: INVALID_EVENT
   */
  private void publish(Message answer, boolean large) {
    Backoff pauses = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));
    while (!thread.isStopping()) {
      try {
        log.publish(Topics.PREDICTIONS, answer);
        return;
      } catch (DiffstreamException e) {
        if (large && e.code() == ErrorCode.INVALID_EVENT) {
          throw e;
        }
        LOG.warn("an answer is not sent yet: {}", e.getMessage());
      }
      thread.pause(pauses.next());
    }
  }

  private void leave() {
    if (subscription != null) {
      subscription.close();
    }
  }

  /** Lets the requests that are under way finish, for some seconds. */
  @Override
  public void close() {
    thread.close();
    asking.shutdownNow();
  }
}
