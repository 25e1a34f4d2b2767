package dev.diffstream.registry;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.service.Quarantine;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the registrar still has to do, in order within each task. A job that fails holds back its
 * own task alone (I9): where the failure may pass, the job and those behind it wait for the job's
 * next try; where it will not, the job is set aside until {@link #retrySetAside}, and the next one
 * of the task goes on. Belongs to the registrar's thread.
 */
final class TaskBacklog {
  private static final Logger LOG = LoggerFactory.getLogger(TaskBacklog.class);

  private final Quarantine quarantine;
  private final Map<String, Deque<Job>> byTask = new LinkedHashMap<>();
  private final Set<String> keys = new HashSet<>();
  private final Map<String, Job> setAside = new LinkedHashMap<>();

  /**
   * Something to do for a task.
   *
   * @param key names it in health and logs: a record's place, or an object's key
   * @param work may be done again after it failed
   */
  record Job(String key, String task, Runnable work) {}

  TaskBacklog(Quarantine quarantine) {
    this.quarantine = quarantine;
  }

  /**
   * Puts the job behind those of its task; one that waits or is set aside under the same key is
   * enough.
   */
  void add(Job job) {
    if (!setAside.containsKey(job.key()) && keys.add(job.key())) {
      byTask.computeIfAbsent(job.task(), task -> new ArrayDeque<>()).add(job);
    }
  }

  /** The keys of all that waits or is set aside. */
  Stream<String> pending() {
    return Stream.concat(keys.stream(), setAside.keySet().stream());
  }

  /** Makes everything that is set aside due once more. */
  void retrySetAside() {
    setAside.keySet().forEach(quarantine::retry);
  }

  /** Whether {@link #run} would do something now. */
  boolean hasDueWork() {
    Set<String> due = Set.copyOf(quarantine.due());
    return byTask.values().stream().anyMatch(jobs -> isDue(jobs.peek(), due))
        || due.stream().anyMatch(setAside::containsKey);
  }

  /** Does what is due, of every task. */
  void run() {
    Set<String> due = Set.copyOf(quarantine.due());
    for (Job job : List.copyOf(setAside.values())) {
      if (due.contains(job.key())) {
        setAside.remove(job.key());
        add(job);
      }
    }
    for (String task : List.copyOf(byTask.keySet())) {
      Deque<Job> jobs = byTask.get(task);
      while (jobs != null && isDue(jobs.peek(), due) && done(jobs.element())) {
        keys.remove(jobs.remove().key());
      }
      if (jobs != null && jobs.isEmpty()) {
        byTask.remove(task);
      }
    }
  }

  private boolean isDue(@Nullable Job job, Set<String> due) {
    return job != null && (!quarantine.contains(job.key()) || due.contains(job.key()));
  }

  /** False if the job is to be tried again later. */
  private boolean done(Job job) {
    try {
      job.work().run();
      quarantine.resolve(job.key());
      return true;
    } catch (DiffstreamException e) {
      return failed(job, e);
    } catch (RuntimeException e) {
      LOG.error("{} of task {}: a fault of the program", job.key(), job.task(), e);
      return failed(
          job, new DiffstreamException(ErrorCode.INVALID_EVENT, "a fault of the program: " + e, e));
    }
  }

  private boolean failed(Job job, DiffstreamException e) {
    Quarantine.Entry entry = quarantine.add(job.key(), e);
    if (e.code().retryable()) {
      LOG.warn(
          "{} of task {} is tried again at {}: {}",
          job.key(),
          job.task(),
          entry.nextTry(),
          e.getMessage());
      return false;
    }
    LOG.error("{} of task {} is set aside: {}", job.key(), job.task(), e.getMessage());
    setAside.put(job.key(), job);
    return true;
  }
}
