package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.TombstoneLog;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.move.AliasMoves;
import dev.diffstream.registry.move.MoveRequest;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.registry.AliasGeneration;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A registry that is killed at one of its calls of store and log, before or after the call has had
 * its effect. Nothing that it does later has any; another one takes its place.
 */
final class MortalRegistry {
  private final AtomicInteger callsLeft;
  private final boolean afterEffect;
  private final Registrar registrar;
  private final AliasMoves moves;
  private final Thread thread;
  private volatile boolean stopped;

  /** The end of a process: no exception that the program could handle. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /**
   * @param calls that it may make
   * @param afterEffect whether its last call has an effect that it does not come to hear of
   */
  MortalRegistry(InMemoryBackends backends, int calls, boolean afterEffect) {
    this.callsLeft = new AtomicInteger(calls);
    this.afterEffect = afterEffect;
    ObjectStore store = wrap(ObjectStore.class, backends.store);
    EventLog log = wrap(EventLog.class, backends.log);
    InstantSource clock = InstantSource.fixed(InMemoryBackends.NOW);
    this.moves =
        new AliasMoves(new AliasLog(store, clock), new VersionLog(store), new TombstoneLog(store));
    this.registrar = InMemoryBackends.registrar(store, log);
    this.thread = Thread.ofPlatform().daemon().start(this::live);
  }

  private void live() {
    try {
      while (!stopped && !registrar.recover(Duration.ZERO)) {
        Thread.onSpinWait();
      }
      while (!stopped) {
        registrar.step(Duration.ZERO);
      }
    } catch (Killed end) {
      stopped = true;
    }
  }

  boolean isDead() {
    return callsLeft.get() < 0;
  }

  /** Makes a move as a request would: the answer is given once the registrar knows of it. */
  AliasGeneration move(TaskId task, MoveRequest request) {
    AliasGeneration made = moves.move(task, request);
    registrar.moved(made);
    return made;
  }

  /** Waits until it does nothing more. */
  void end() throws InterruptedException {
    stopped = true;
    thread.join();
    registrar.close();
  }

  private <T> T wrap(Class<T> type, T target) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              int left = callsLeft.decrementAndGet();
              if (left < -1 || (left == -1 && !afterEffect)) {
                throw new Killed();
              }
              try {
                Object result = method.invoke(target, arguments);
                if (left == -1) {
                  throw new Killed();
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
