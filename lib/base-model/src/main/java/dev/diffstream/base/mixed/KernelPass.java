package dev.diffstream.base.mixed;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Architecture;
import dev.diffstream.base.architecture.EncoderPlan;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.engine.Compute;
import dev.diffstream.base.engine.TensorEngine;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/**
 * Mixed batches on the processor: the engine's matrix products over all tokens, and kernels in
 * vector instructions for the rest. The base's parameters are only read.
 *
 * <p>Each of its threads takes some of the requests through all layers, so that threads meet once a
 * batch. The engine should use one thread beneath them ({@link TensorEngine#useThreads}).
 */
public final class KernelPass implements MixedPass {
  private final EncoderPlan plan;
  private final Overlay overlay;
  private final RequestCheck check;
  private final List<Worker> workers;
  private final ExecutorService threads;

  /** What a thread computes with. */
  private record Worker(PackedEncoder encoder, HeadLogits heads) {}

  /**
   * @param base reads texts, and outlives this
   * @param threads that share a batch, the caller's counted
   */
  public KernelPass(Base base, int threads) {
    this(base, threads, Compute.FP32);
  }

  /**
   * @param compute format of the matrix products over the base's weights; what diffs add, norms,
   *     attention and heads are computed in fp32 in either case
   */
  public KernelPass(Base base, int threads, Compute compute) {
    Architecture architecture = base.architecture();
    this.plan = EncoderPlan.of(architecture);
    this.overlay = new Overlay(base);
    this.check = new RequestCheck(architecture);
    this.workers =
        IntStream.range(0, threads)
            .mapToObj(
                thread ->
                    new Worker(
                        new PackedEncoder(architecture, base.parameters(), compute),
                        new HeadLogits(architecture, plan, base.parameters())))
            .toList();
    this.threads =
        Executors.newFixedThreadPool(
            Math.max(1, threads - 1),
            Thread.ofPlatform().name("mixed-pass-", 1).daemon().factory());
  }

  @Override
  public PreparedDelta prepare(SparseDelta delta) {
    overlay.check(delta);
    return new PackedDelta(plan, delta);
  }

  @Override
  public List<float[][]> logits(List<Request> requests) {
    requests.forEach(check::check);
    float[][][] answers = new float[requests.size()][][];
    List<List<Integer>> shares = shares(requests);
    List<CompletableFuture<Void>> others = new ArrayList<>();
    for (int i = 1; i < shares.size(); i++) {
      Worker worker = workers.get(i);
      List<Integer> share = shares.get(i);
      others.add(
          CompletableFuture.runAsync(() -> answer(worker, requests, share, answers), threads));
    }
    try {
      answer(workers.getFirst(), requests, shares.getFirst(), answers);
    } finally {
      await(others);
    }
    return List.of(answers);
  }

  private static void await(List<CompletableFuture<Void>> others) {
    try {
      CompletableFuture.allOf(others.toArray(CompletableFuture[]::new)).join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw e;
      }
    }
  }

  /** The requests of each thread, by their numbers: the longest first, each to the least loaded. */
  private List<List<Integer>> shares(List<Request> requests) {
    List<List<Integer>> shares = new ArrayList<>();
    workers.forEach(worker -> shares.add(new ArrayList<>()));
    long[] tokens = new long[shares.size()];
    IntStream.range(0, requests.size())
        .boxed()
        .sorted(Comparator.comparingInt(i -> -requests.get(i).encoding().length()))
        .forEach(
            i -> {
              int least =
                  IntStream.range(0, tokens.length)
                      .boxed()
                      .min(Comparator.comparingLong(share -> tokens[share]))
                      .orElseThrow();
              shares.get(least).add(i);
              tokens[least] += requests.get(i).encoding().length();
            });
    shares.removeIf(List::isEmpty);
    return shares.isEmpty() ? List.of(List.of()) : shares;
  }

  private void answer(
      Worker worker, List<Request> requests, List<Integer> share, float[][][] answers) {
    if (share.isEmpty()) {
      return;
    }
    List<Request> ofShare = share.stream().map(requests::get).toList();
    PackedTokens tokens = new PackedTokens(ofShare);
    FloatMatrix states = worker.encoder().run(tokens);
    Iterator<float[][]> logits = worker.heads().of(ofShare, tokens, states).iterator();
    share.forEach(i -> answers[i] = logits.next());
  }

  @Override
  public void close() {
    threads.shutdown();
    workers.forEach(
        worker -> {
          worker.encoder().close();
          worker.heads().close();
        });
  }
}
