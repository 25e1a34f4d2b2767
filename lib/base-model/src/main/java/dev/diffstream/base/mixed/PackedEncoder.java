package dev.diffstream.base.mixed;

import dev.diffstream.base.architecture.Architecture;
import dev.diffstream.base.architecture.EncoderPlan;
import dev.diffstream.base.architecture.EncoderPlan.Layer;
import dev.diffstream.base.architecture.EncoderPlan.Linear;
import dev.diffstream.base.architecture.EncoderPlan.Norm;
import dev.diffstream.base.architecture.EncoderPlan.Table;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.engine.Compute;
import dev.diffstream.base.engine.MatrixProduct;
import dev.diffstream.base.engine.MatrixProduct.Matrix;
import dev.diffstream.base.mixed.PackedTokens.Sequence;
import dev.diffstream.base.mixed.SharedLayers.Stage;
import dev.diffstream.base.mixed.kernel.AttentionKernel;
import dev.diffstream.base.mixed.kernel.Changes;
import dev.diffstream.base.mixed.kernel.Kernels;
import dev.diffstream.base.mixed.kernel.Lanes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * All layers of a transformer over packed tokens. Matrix products run over all tokens at once by
 * the base's own weights; behind each product every sequence gets the correction of its diff. With
 * W + D for W, (W + D) x = W x + D x, and D has few values.
 *
 * <p>For one thread at a time.
 */
final class PackedEncoder implements AutoCloseable {
  private static final int ALIGNMENT = 64;

  private final Architecture architecture;
  private final EncoderPlan plan;
  private final Map<String, MemorySegment> parameters = new HashMap<>();

  /** By weight; those of queries hold keys and values too. */
  private final Map<String, Matrix> weights = new HashMap<>();

  private final MatrixProduct engine;
  private final Arena arena = Arena.ofShared();

  private final FloatMatrix embedded;
  private FloatMatrix states;
  private FloatMatrix before; // states of the stage before
  private final FloatMatrix projected; // queries, keys and values
  private final FloatMatrix attended;
  private final FloatMatrix widened;
  private final FloatMatrix product;
  private final FloatMatrix sum;
  private final List<FloatMatrix> matrices;
  private final MemorySegment norm;
  private Arena scoreArena = Arena.ofShared();
  private MemorySegment scores = MemorySegment.NULL;

  /**
   * @param parameters of the base, which outlives this
   * @param compute format of the matrix products
   */
  PackedEncoder(Architecture architecture, List<Parameter> parameters, Compute compute) {
    this.architecture = architecture;
    this.engine = new MatrixProduct(compute);
    this.plan = EncoderPlan.of(architecture);
    int hidden = architecture.hidden();
    int widest = Math.max(hidden, architecture.embedding());
    this.embedded = new FloatMatrix(architecture.embedding());
    this.states = new FloatMatrix(hidden);
    this.before = new FloatMatrix(hidden);
    this.projected = new FloatMatrix(3 * hidden);
    this.attended = new FloatMatrix(hidden);
    this.widened = new FloatMatrix(architecture.intermediate());
    this.product = new FloatMatrix(hidden);
    this.sum = new FloatMatrix(widest);
    this.matrices = List.of(embedded, projected, attended, widened, product, sum);
    this.norm = arena.allocate(2L * widest * Float.BYTES, ALIGNMENT);
    for (Parameter parameter : parameters) {
      this.parameters.put(parameter.name(), MemorySegment.ofBuffer(parameter.bytes()));
    }
    plan.embeddings().projection().ifPresent(this::addWeight);
    for (Layer layer : plan.layers()) {
      weights.put(layer.query().weight(), matrix(layer.projections(), hidden));
      List.of(layer.output(), layer.up(), layer.down()).forEach(this::addWeight);
    }
  }

  private void addWeight(Linear linear) {
    weights.put(linear.weight(), matrix(List.of(linear.weight()), linear.inputs()));
  }

  /** Weights that lie behind each other in memory, as one matrix. */
  private Matrix matrix(List<String> names, int columns) {
    MemorySegment first = parameter(names.getFirst());
    long bytes = 0;
    for (String name : names) {
      if (parameter(name).address() != first.address() + bytes) {
        throw new IllegalStateException(name + " does not lie behind the weights before it");
      }
      bytes += parameter(name).byteSize();
    }
    ByteBuffer memory =
        MemorySegment.ofAddress(first.address())
            .reinterpret(bytes)
            .asByteBuffer()
            .order(ByteOrder.nativeOrder());
    return engine.weights(memory, Math.toIntExact(bytes / Float.BYTES / columns), columns);
  }

  /** The last layer's output: a column for each token, until the next call. */
  FloatMatrix run(PackedTokens tokens) {
    SharedLayers.stages(tokens, plan.layers().size()).forEach(this::run);
    return states;
  }

  private void run(Stage stage) {
    PackedTokens tokens = stage.tokens();
    FloatMatrix other = before;
    before = states;
    states = other;
    states.resize(tokens.size());
    matrices.forEach(matrix -> matrix.resize(tokens.size()));
    long scoreBytes = AttentionKernel.scoreBytes(tokens.maxLength());
    if (scores.byteSize() < scoreBytes) {
      scoreArena.close();
      scoreArena = Arena.ofShared();
      scores = scoreArena.allocate(scoreBytes, ALIGNMENT);
    }
    try (Views views = new Views(tokens.size())) {
      if (stage.isFirst()) {
        embed(tokens, views);
      } else {
        takeOver(stage.columns());
      }
      for (Layer layer : plan.layers().subList(stage.from(), stage.to())) {
        attention(layer, tokens, views);
        feedForward(layer, tokens, views);
      }
    }
  }

  /** Each token goes on from its column in the stage before. */
  private void takeOver(int[] columns) {
    for (int row = 0; row < states.rows(); row++) {
      for (int token = 0; token < columns.length; token++) {
        Lanes.set(states.address(row, token), Lanes.get(before.address(row, columns[token])));
      }
    }
  }

  /** Some rows of a matrix, also as the engine sees them. */
  private record Rows(FloatMatrix matrix, int first, int count, Matrix view) {
    long address(int row, int token) {
      return matrix.address(first + row, token);
    }
  }

  /** The matrices of one call. */
  private final class Views implements AutoCloseable {
    private final List<Rows> made = new ArrayList<>();
    final Rows embedded;
    final Rows states;
    final Rows projected;
    final Rows queries;
    final Rows keys;
    final Rows values;
    final Rows attended;
    final Rows widened;
    final Rows product;

    Views(int tokens) {
      int hidden = architecture.hidden();
      embedded = rows(PackedEncoder.this.embedded, 0, architecture.embedding(), tokens);
      states = rows(PackedEncoder.this.states, 0, hidden, tokens);
      projected = rows(PackedEncoder.this.projected, 0, 3 * hidden, tokens);
      queries = rows(PackedEncoder.this.projected, 0, hidden, tokens);
      keys = rows(PackedEncoder.this.projected, hidden, hidden, tokens);
      values = rows(PackedEncoder.this.projected, 2 * hidden, hidden, tokens);
      attended = rows(PackedEncoder.this.attended, 0, hidden, tokens);
      widened = rows(PackedEncoder.this.widened, 0, architecture.intermediate(), tokens);
      product = rows(PackedEncoder.this.product, 0, hidden, tokens);
    }

    private Rows rows(FloatMatrix matrix, int first, int count, int tokens) {
      Rows rows = new Rows(matrix, first, count, matrix.view(engine, first, count, tokens));
      made.add(rows);
      return rows;
    }

    @Override
    public void close() {
      made.forEach(rows -> rows.view().close());
    }
  }

  private void embed(PackedTokens tokens, Views views) {
    EncoderPlan.Embeddings parts = plan.embeddings();
    for (Sequence sequence : tokens.sequences()) {
      for (int token = 0; token < sequence.length(); token++) {
        sumRows(parts, sequence, token);
      }
    }
    FloatMatrix result = parts.projection().isPresent() ? embedded : states;
    normalise(parts.norm(), tokens, result);
    parts
        .projection()
        .ifPresent(
            projection -> {
              multiply(projection, views.embedded, views.states, tokens);
              addBias(projection, views.states, tokens);
            });
  }

  /** The sum of a token's rows of all tables, each with the diff's changes, as a column. */
  private void sumRows(EncoderPlan.Embeddings parts, Sequence sequence, int token) {
    int column = sequence.start() + token;
    for (int row = 0; row < parts.norm().width(); row++) {
      Lanes.set(sum.address(row, column), 0);
    }
    for (Table table : parts.tables()) {
      int row = sequence.row(parts, table, token);
      addRow(table, row, column);
      sequence
          .delta()
          .table(table)
          .forEachInRow(row, table.width(), (feature, value) -> add(feature, column, value));
    }
  }

  private void addRow(Table table, int row, int column) {
    long from = address(table.name()) + (long) row * table.width() * Float.BYTES;
    long to = sum.address(0, column);
    for (int i = 0; i < table.width(); i++, from += Float.BYTES, to += sum.rowBytes()) {
      Lanes.set(to, Lanes.get(to) + Lanes.get(from));
    }
  }

  private void add(int feature, int column, float value) {
    long at = sum.address(feature, column);
    Lanes.set(at, Lanes.get(at) + value);
  }

  private void attention(Layer layer, PackedTokens tokens, Views views) {
    engine.multiply(
        Objects.requireNonNull(weights.get(layer.query().weight())),
        views.states.view(),
        views.projected.view());
    correct(layer.query(), views.states, views.queries, tokens);
    correct(layer.key(), views.states, views.keys, tokens);
    correct(layer.value(), views.states, views.values, tokens);
    addBias(layer.query(), views.queries, tokens);
    addBias(layer.key(), views.keys, tokens);
    addBias(layer.value(), views.values, tokens);
    for (Sequence sequence : tokens.sequences()) {
      attend(sequence, views);
    }
    multiply(layer.output(), views.attended, views.product, tokens);
    addAndNormalise(layer.output(), layer.attentionNorm(), tokens);
  }

  private void attend(Sequence sequence, Views views) {
    int width = architecture.hidden() / architecture.heads();
    int start = sequence.start();
    AttentionKernel kernel =
        new AttentionKernel(projected.rowBytes(), width, sequence.length(), scores.address());
    for (int feature = 0; feature < architecture.hidden(); feature += width) {
      kernel.run(
          views.queries.address(feature, start),
          views.keys.address(feature, start),
          views.values.address(feature, start),
          attended.address(feature, start));
    }
  }

  private void feedForward(Layer layer, PackedTokens tokens, Views views) {
    multiply(layer.up(), views.states, views.widened, tokens);
    Kernels.activate(
        architecture.activation(),
        widened.address(0, 0),
        widened.rowBytes(),
        widened.rows(),
        tokens.size(),
        address(layer.up().bias()));
    multiply(layer.down(), views.widened, views.product, tokens);
    addAndNormalise(layer.down(), layer.feedForwardNorm(), tokens);
  }

  /** states = norm(states + product + bias). */
  private void addAndNormalise(Linear linear, Norm after, PackedTokens tokens) {
    Kernels.addResidual(
        product.address(0, 0),
        states.address(0, 0),
        sum.address(0, 0),
        states.rowBytes(),
        states.rows(),
        tokens.size(),
        address(linear.bias()));
    normalise(after, tokens, states);
  }

  /** The product without its bias, but with what the diffs change of weight and bias. */
  private void multiply(Linear linear, Rows x, Rows y, PackedTokens tokens) {
    engine.multiply(Objects.requireNonNull(weights.get(linear.weight())), x.view(), y.view());
    correct(linear, x, y, tokens);
  }

  /** What the diffs change of weight and bias, added to the product. */
  private void correct(Linear linear, Rows x, Rows y, PackedTokens tokens) {
    for (Sequence sequence : tokens.sequences()) {
      Kernels.correct(
          x.address(0, sequence.start()),
          y.address(0, sequence.start()),
          y.matrix().rowBytes(),
          sequence.length(),
          packed(sequence).weight(linear));
      Changes bias = packed(sequence).bias(linear);
      for (int i = 0; i < bias.count(); i++) {
        long row = y.address(bias.place(i), sequence.start());
        Kernels.shift(row, sequence.length(), bias.value(i));
      }
    }
  }

  private void addBias(Linear linear, Rows y, PackedTokens tokens) {
    Kernels.addBias(
        y.address(0, 0), y.matrix().rowBytes(), y.count(), tokens.size(), address(linear.bias()));
  }

  /** The norm of the sum, with each sequence's own weights. */
  private void normalise(Norm part, PackedTokens tokens, FloatMatrix result) {
    long bias = norm.address() + (long) part.width() * Float.BYTES;
    for (Sequence sequence : tokens.sequences()) {
      patch(part.weight(), packed(sequence).weight(part), part.width(), 0);
      patch(part.bias(), packed(sequence).bias(part), part.width(), part.width());
      Kernels.norm(
          sum.address(0, sequence.start()),
          result.address(0, sequence.start()),
          result.rowBytes(),
          part.width(),
          sequence.length(),
          (float) architecture.layerNormEps(),
          norm.address(),
          bias);
    }
  }

  private void patch(String parameter, Changes changes, int width, int at) {
    long bytes = (long) width * Float.BYTES;
    MemorySegment.copy(parameter(parameter), 0, norm, (long) at * Float.BYTES, bytes);
    for (int i = 0; i < changes.count(); i++) {
      long place = norm.address() + (long) (at + changes.place(i)) * Float.BYTES;
      Lanes.set(place, Lanes.get(place) + changes.value(i));
    }
  }

  private static PackedDelta packed(Sequence sequence) {
    return (PackedDelta) sequence.delta();
  }

  private long address(String parameter) {
    return parameter(parameter).address();
  }

  private MemorySegment parameter(String name) {
    return Objects.requireNonNull(parameters.get(name));
  }

  @Override
  public void close() {
    weights.values().forEach(Matrix::close);
    engine.close();
    matrices.forEach(FloatMatrix::close);
    states.close();
    before.close();
    arena.close();
    scoreArena.close();
  }
}
