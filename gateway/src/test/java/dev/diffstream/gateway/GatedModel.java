package dev.diffstream.gateway;

import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.model.Answer;
import dev.diffstream.gateway.model.Example;
import dev.diffstream.gateway.model.Model;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.event.Objective;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

/** The small model, which stops at the text {@code slow} until the gate is opened. */
final class GatedModel implements Model {
  final CountDownLatch begun = new CountDownLatch(1);
  final CountDownLatch gate = new CountDownLatch(1);

  /** The texts of requests that were computed, in order. */
  final Queue<String> computed = new ConcurrentLinkedQueue<>();

  final TinyModel tiny = new TinyModel();

  @Override
  public String baseName() {
    return tiny.baseName();
  }

  @Override
  public String baseDigest() {
    return tiny.baseDigest();
  }

  @Override
  public String inputDigest() {
    return tiny.inputDigest();
  }

  @Override
  public String featureKind(Objective objective, PairEncoding pairs) {
    return tiny.featureKind(objective, pairs);
  }

  @Override
  public PreparedDiff prepare(Diff diff) {
    return tiny.prepare(diff);
  }

  @Override
  public Answer answer(PreparedDiff prepared, Example example) {
    String text = ((Example.OfText) example).text();
    computed.add(text);
    if (text.equals("slow")) {
      begun.countDown();
      try {
        gate.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    return tiny.answer(prepared, example);
  }

  @Override
  public float[] probe(PreparedDiff prepared, Example example) {
    return tiny.probe(prepared, example);
  }

  @Override
  public void close() {}
}
