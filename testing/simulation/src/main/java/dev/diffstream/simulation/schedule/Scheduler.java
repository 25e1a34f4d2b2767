package dev.diffstream.simulation.schedule;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Decides by a seed which process goes on, and what happens at each of its effects: nothing, a
 * failure before it, a lost answer after it, an effect that comes after its caller has given up, a
 * crash before or after it, time that passes, a clock that jumps, a request to stop, or a step of
 * another process in between. The last is how one thread interleaves processes: an effect of one
 * may contain whole steps of others.
 */
public final class Scheduler {
  private static final int MAX_DEPTH = 2;

  /** Far more than any seed needs. */
  private static final long MAX_EFFECTS = 100_000;

  private static final int TRACE_LENGTH = 20_000;
  private static final int MAX_CLOCK_JUMP_SECONDS = 6 * 3600;

  /** What an effect may suffer. */
  public enum Kind {
    READ,
    /** A lost answer leaves the caller in doubt. */
    SETTLE,
    /** As {@link #SETTLE}; it may also happen when its caller has given it up. */
    WRITE
  }

  private final Random random;
  private final LateEffects late;
  private final SimulatedClock clock;
  private final List<SimulatedProcess> processes = new ArrayList<>();
  private final Set<SimulatedProcess> running = new HashSet<>();
  private final Set<SimulatedProcess> dying = new HashSet<>();
  private final Deque<String> trace = new ArrayDeque<>();
  private SimulatedProcess current = Nobody.INSTANCE;
  private boolean faults = true;
  private long steps;
  private long traceHash;
  private long effects;

  /** Where no process is running. */
  private enum Nobody implements SimulatedProcess {
    INSTANCE;

    @Override
    public void step() {}

    @Override
    public void crash() {}

    @Override
    public boolean isIdle() {
      return true;
    }
  }

  public Scheduler(long seed, SimulatedClock clock) {
    // Random begins alike for seeds that lie close together.
    this.random = new Random(new SplittableRandom(seed).nextLong());
    this.late = new LateEffects(random);
    this.clock = clock;
  }

  public void add(SimulatedProcess process) {
    processes.add(process);
  }

  public List<SimulatedProcess> processes() {
    return List.copyOf(processes);
  }

  public Random random() {
    return random;
  }

  /** From now on nothing fails; what is still on its way arrives. */
  public void stopFaults() {
    faults = false;
    late.all(this);
  }

  public boolean faultsAreOn() {
    return faults;
  }

  public long steps() {
    return steps;
  }

  /** The same for the same seed, on every machine. */
  public long traceHash() {
    return traceHash;
  }

  public List<String> lastSteps() {
    return List.copyOf(trace);
  }

  public void note(String what) {
    String line = steps + " " + current.name() + " " + what;
    traceHash = 31 * traceHash + line.hashCode();
    trace.addLast(line);
    if (trace.size() > TRACE_LENGTH) {
      trace.removeFirst();
    }
  }

  /** One step of a process that the seed chooses. */
  public void stepAny() {
    step(processes.get(random.nextInt(processes.size())));
  }

  public void step(SimulatedProcess process) {
    if (!running.add(process)) {
      return; // a process is one thread: it does not step within its own step
    }
    SimulatedProcess before = current;
    current = process;
    steps++;
    try {
      late.maybeOne(this);
      process.step();
    } catch (ProcessCrash crash) {
      if (crash.process != process) {
        throw crash;
      }
    } finally {
      if (dying.remove(process)) {
        note("crashes");
        process.crash();
      }
      current = before;
      running.remove(process);
    }
  }

  /**
   * To be called around every effect on log or store.
   *
   * @param what names the effect in the trace
   */
  public <T> T effect(String what, Kind kind, Effect<T> effect) {
    if (++effects > MAX_EFFECTS) {
      throw new InvariantViolation("convergence", "it goes on and on: " + what);
    }
    SimulatedProcess process = current;
    if (!faults || process == Nobody.INSTANCE) {
      return effect.run();
    }
    int dice = random.nextInt(1_000);
    if (dying.contains(process)) {
      throw new ProcessCrash(process); // what is dead has no effects, whatever it catches
    }
    before(dice, process, what);
    if (kind == Kind.WRITE && dice >= 300 && dice < 320) {
      note(what + ": given up, still on its way");
      late.add(what, effect);
      throw new DiffstreamException(ErrorCode.OUTCOME_UNKNOWN, what + ": simulated timeout");
    }
    T result = effect.run();
    if (dice >= 990) {
      note(what + ": crash after");
      throw crash(process);
    }
    if (kind != Kind.READ && dice >= 960) {
      note(what + ": answer lost");
      throw new DiffstreamException(ErrorCode.OUTCOME_UNKNOWN, what + ": simulated lost answer");
    }
    note(what);
    return result;
  }

  private void before(int dice, SimulatedProcess process, String what) {
    if (dice < 6) {
      note(what + ": crash before");
      throw crash(process);
    }
    if (dice < 40) {
      note(what + ": fails");
      throw new DiffstreamException(ErrorCode.OVERLOADED, what + ": simulated 503");
    }
    if (dice < 140) {
      elapse(Duration.ofMillis(random.nextInt(40_000)));
    }
    if (dice < 300 && running.size() < MAX_DEPTH) {
      note(what + ": others go on");
      stepAny();
    }
    if (dice >= 320 && dice < 326) {
      note(what + ": asked to stop");
      process.askToStop();
    }
    if (dice >= 326 && dice < 332) {
      int seconds = random.nextInt(-MAX_CLOCK_JUMP_SECONDS, MAX_CLOCK_JUMP_SECONDS);
      note(what + ": the clock jumps by " + seconds + " s");
      process.jumpClock(Duration.ofSeconds(seconds));
    }
  }

  private ProcessCrash crash(SimulatedProcess process) {
    dying.add(process);
    return new ProcessCrash(process);
  }

  public void elapse(Duration by) {
    clock.advance(by);
  }

  /** The end of one simulated process, at any effect; no code of the product handles it. */
  private static final class ProcessCrash extends Error {
    private static final long serialVersionUID = 1L;

    private final transient SimulatedProcess process;

    ProcessCrash(SimulatedProcess process) {
      super(process.name() + " crashed", null, false, false);
      this.process = process;
    }
  }

  /** An effect on log or store. */
  public interface Effect<T> {
    T run();
  }
}
