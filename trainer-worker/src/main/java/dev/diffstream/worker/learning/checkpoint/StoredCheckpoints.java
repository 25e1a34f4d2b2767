package dev.diffstream.worker.learning.checkpoint;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ObjectKeys;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checkpoints of one run in the object store, {@code runs/<run id>/checkpoints/<number>}: the one
 * with the highest number counts. A new one is complete before the one before it is deleted.
 */
public final class StoredCheckpoints implements Checkpoints {
  private static final Logger LOG = LoggerFactory.getLogger(StoredCheckpoints.class);
  private static final int PIPE_BYTES = 1 << 20;

  /** A pause that could not be kept is tried again after this time. */
  private static final Duration PAUSE_RETRY = Duration.ofSeconds(5);

  /** What the one who holds the run says between two steps. */
  public interface Holder {
    /** Nobody disturbs the run. */
    Holder UNDISTURBED =
        new Holder() {
          @Override
          public boolean mayGoOn() {
            return true;
          }

          @Override
          public boolean pauseAsked() {
            return false;
          }

          @Override
          public void leaveForPause() {}
        };

    /** False when the run ends: a checkpoint that is being written is broken off. */
    boolean mayGoOn();

    /** Whether the run is to be left once its state is kept. */
    boolean pauseAsked();

    /** Leaves the run, by an exception. */
    void leaveForPause();
  }

  /** User metadata of a checkpoint: the attempt that kept it. */
  private static final String ATTEMPT = "attempt";

  private final ObjectStore store;
  private final String runId;
  private final long attempt;
  private final String fingerprint;
  private final Duration interval;
  private final Holder holder;
  private long last = System.nanoTime();
  private boolean failed;
  private @Nullable String resumedFrom;
  private @Nullable String abandoned;

  /**
   * @param attempt that keeps them
   * @param fingerprint of everything that the state depends on: a state with another is not used
   * @param interval between checkpoints; zero: after every step
   */
  public StoredCheckpoints(
      ObjectStore store,
      String runId,
      long attempt,
      String fingerprint,
      Duration interval,
      Holder holder) {
    this.store = store;
    this.runId = runId;
    this.attempt = attempt;
    this.fingerprint = fingerprint;
    this.interval = interval;
    this.holder = holder;
  }

  /** The attempt that kept the newest checkpoint of a run; 0 if there is none, or it is unknown. */
  public static long attempt(ObjectStore store, String runId) {
    List<String> keys = keys(store, runId);
    if (keys.isEmpty()) {
      return 0;
    }
    String attempt =
        store
            .stat(keys.getLast())
            .map(info -> info.metadata().getOrDefault(ATTEMPT, ""))
            .orElse("");
    return attempt.matches("[0-9]{1,18}") ? Long.parseLong(attempt) : 0;
  }

  @Override
  public boolean due() {
    long since = System.nanoTime() - last;
    return since >= interval.toNanos()
        || (holder.pauseAsked() && (!failed || since >= PAUSE_RETRY.toNanos()));
  }

  @Override
  public void save(String stage, Consumer<StateWriter> state) {
    try {
      List<String> before = keys(store, runId);
      long number = before.isEmpty() ? 1 : number(before.getLast()) + 1;
      upload(ObjectKeys.checkpoint(runId, number), stage, state);
      before.forEach(store::delete);
      failed = false;
      if (holder.pauseAsked()) {
        holder.leaveForPause();
      }
    } catch (DiffstreamException | UncheckedIOException e) {
      failed = true;
      LOG.warn("run {}: a checkpoint was not kept, the run goes on: {}", runId, e.getMessage());
    }
    last = System.nanoTime();
  }

  @Override
  public Optional<StateReader> resume(String stage) {
    if (abandoned != null) {
      return Optional.empty();
    }
    try {
      List<String> keys = keys(store, runId);
      return keys.isEmpty() ? Optional.empty() : resume(stage, keys.getLast());
    } catch (DiffstreamException | UncheckedIOException e) {
      abandon("its checkpoint cannot be read: " + e.getMessage());
      return Optional.empty();
    }
  }

  /** Nothing is resumed any more: the run is learned from its beginning. */
  public void abandon(String reason) {
    LOG.warn("run {} is learned from its beginning: {}", runId, reason);
    abandoned = reason;
    resumedFrom = null;
  }

  /** Why what an earlier attempt kept is not used. */
  public Optional<String> abandoned() {
    return Optional.ofNullable(abandoned);
  }

  private Optional<StateReader> resume(String stage, String key) {
    Optional<StateReader> reader = store.open(key).map(StateReader::new);
    boolean same = reader.isPresent() && reader.get().fingerprint().equals(fingerprint);
    if (!same || !reader.get().stage().equals(stage)) {
      reader.ifPresent(StateReader::close);
      if (reader.isPresent() && !same) {
        abandon("its checkpoint is of another program, base, data set or setting");
      }
      return Optional.empty();
    }
    if (!store.open(key).map(StateReader::isWhole).orElse(false)) {
      reader.get().close();
      abandon("its checkpoint is damaged");
      return Optional.empty();
    }
    LOG.info("run {} goes on from {}, stage {}", runId, key, stage);
    resumedFrom = key;
    return reader;
  }

  /** The key of the checkpoint that this attempt went on from. */
  public Optional<String> resumedFrom() {
    return Optional.ofNullable(resumedFrom);
  }

  /** Removes what was kept of a run that is over. */
  public static void clear(ObjectStore store, String runId) {
    try {
      keys(store, runId).forEach(store::delete);
    } catch (DiffstreamException e) {
      LOG.warn("run {}: its checkpoints stay behind: {}", runId, e.getMessage());
    }
  }

  private static List<String> keys(ObjectStore store, String runId) {
    try (Stream<String> keys = store.list(ObjectKeys.checkpoints(runId))) {
      return keys.toList();
    }
  }

  private static long number(String key) {
    return Long.parseLong(key.substring(key.lastIndexOf('/') + 1));
  }

  /** The state is written by a thread of its own while the store reads: it is never held twice. */
  private void upload(String key, String stage, Consumer<StateWriter> state) {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    try (PipedInputStream in = new PipedInputStream(PIPE_BYTES);
        PipedOutputStream out = new PipedOutputStream(in)) {
      Thread writer =
          Thread.ofPlatform()
              .daemon()
              .name("checkpoint")
              .start(() -> write(out, stage, state, failure));
      try {
        store.upload(key, new Whole(in, failure, holder), Map.of(ATTEMPT, Long.toString(attempt)));
      } finally {
        in.close();
        writer.join();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing a checkpoint failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException("interrupted while keeping a checkpoint", e));
    }
  }

  private void write(
      PipedOutputStream out,
      String stage,
      Consumer<StateWriter> state,
      AtomicReference<Throwable> failure) {
    // The failure stands before the reader sees the end.
    try (out) {
      try {
        StateWriter writer = new StateWriter(out, fingerprint, stage);
        state.accept(writer);
        writer.finish();
      } catch (Throwable e) { // an Error too: the reader must not take what came for the whole
        failure.set(e);
      }
    } catch (IOException e) {
      LOG.debug("closing the pipe failed", e);
    }
  }

  /** Fails at the end of a state that was not written to its end, so that nothing is stored. */
  private static final class Whole extends FilterInputStream {
    private final AtomicReference<Throwable> failure;
    private final Holder holder;

    Whole(InputStream in, AtomicReference<Throwable> failure, Holder holder) {
      super(in);
      this.holder = holder;
      this.failure = failure;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (!holder.mayGoOn()) {
        throw new IOException("the run ends while its state is written");
      }
      int n = super.read(bytes, offset, length);
      if (n < 0 && failure.get() != null) {
        throw new IOException("the state was not written to its end", failure.get());
      }
      return n;
    }
  }
}
