package dev.diffstream.service.access;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.event.AccessRecorded;
import dev.diffstream.service.OwnerThread;
import dev.diffstream.settings.AccessSettings;
import dev.diffstream.settings.AccessSettings.Source;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a service's policy at the newest keys: one thread looks at their source again and again,
 * and readers see an immutable ring through one volatile field. While the source does not answer,
 * what is known goes on to hold. The same thread tells of refusals.
 */
public final class AccessControl implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AccessControl.class);

  /** A look at the bucket may take as long as the store's own retries. */
  private static final Duration MAX_STEP = Duration.ofMinutes(5);

  private final @Nullable KeySource source;
  private final Duration poll;
  private final Consumer<AccessRecorded> audit;
  private final Refusals refusals;
  private final AccessPolicy policy;
  private final OwnerThread thread = new OwnerThread("access-keys", this::step, () -> {});
  private volatile @Nullable KeyRing newest;
  private @Nullable String lastFailure; // of the thread

  private AccessControl(
      String service,
      AccessSettings settings,
      @Nullable KeySource source,
      Consumer<AccessRecorded> audit) {
    InstantSource clock = InstantSource.system();
    this.source = source;
    this.poll = settings.poll();
    this.audit = audit;
    this.refusals = Refusals.of(service, clock);
    this.policy =
        source == null ? AccessPolicy.open() : AccessPolicy.of(() -> newest, clock, refusals);
  }

  /**
   * Begins to look at the keys; a store that is away holds nothing up but the requests, which are
   * not answered before keys are known.
   *
   * @param service names it in audit records
   * @param audit takes records of refusals; it may fail, and the record is lost then
   */
  public static AccessControl start(
      String service, AccessSettings settings, ObjectStore store, Consumer<AccessRecorded> audit) {
    KeySource source =
        switch (settings.source()) {
          case Source.None none -> null;
          case Source.Bucket bucket -> new BucketKeys(store);
          case Source.KeysFile file -> new FileKeys(file.path());
        };
    AccessControl control = new AccessControl(service, settings, source, audit);
    if (source != null) {
      control.thread.start();
    }
    return control;
  }

  public AccessPolicy policy() {
    return policy;
  }

  /** Whether keys are known, or none are needed. */
  public boolean ready() {
    return source == null || newest != null;
  }

  public boolean makesProgress() {
    return source == null || thread.progressedWithin(MAX_STEP);
  }

  private void step() {
    look();
    tell();
    thread.pause(poll);
  }

  private void look() {
    try {
      KeyRing read = Objects.requireNonNull(source).read();
      KeyRing before = newest;
      newest = read;
      lastFailure = null;
      if (before == null || before.size() != read.size()) {
        LOG.info("access: {} API keys are valid", read.size());
      }
    } catch (DiffstreamException e) {
      String failure = e.code().name();
      if (!failure.equals(lastFailure)) {
        LOG.warn("API keys cannot be read, those known before go on: {}", e.getMessage());
      }
      lastFailure = failure;
    }
  }

  private void tell() {
    for (AccessRecorded record : refusals.due()) {
      try {
        audit.accept(record);
      } catch (DiffstreamException e) {
        LOG.warn("{} refusals are not in the audit: {}", record.attempts(), e.getMessage());
      }
    }
  }

  @Override
  public void close() {
    thread.close();
  }
}
