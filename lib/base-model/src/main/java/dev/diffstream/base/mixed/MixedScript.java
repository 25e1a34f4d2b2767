package dev.diffstream.base.mixed;

import dev.diffstream.base.architecture.Architecture;
import dev.diffstream.base.architecture.EncoderPlan;
import dev.diffstream.base.architecture.EncoderPlan.Layer;
import dev.diffstream.base.architecture.EncoderPlan.Linear;
import dev.diffstream.base.architecture.EncoderPlan.Norm;
import java.util.List;

/**
 * Writes an encoder over sequences of different diffs as tensor operations, padded to the longest.
 * Of each linear part the changed weights of all sequences are gathered, multiplied and added in
 * three operations.
 */
final class MixedScript {
  static final String ARGUMENTS =
      """
      ids: Tensor, positions: Tensor, types: Tensor, mask: Tensor, at: Tensor, change: Tensor,
      w: List[Tensor], places: List[Tensor], values: List[Tensor], biases: List[Tensor],
      norms: List[Tensor]""";

  private final Architecture architecture;
  private final EncoderPlan plan;
  private final List<Linear> linears;
  private final List<Norm> norms;
  private final StringBuilder body = new StringBuilder();

  private MixedScript(Architecture architecture, EncoderPlan plan) {
    this.architecture = architecture;
    this.plan = plan;
    this.linears = plan.linears();
    this.norms = plan.norms();
  }

  /** Lines of two spaces of indentation that return the last layer, sequences x length x hidden. */
  static String body(Architecture architecture, EncoderPlan plan) {
    MixedScript script = new MixedScript(architecture, plan);
    script.embeddings();
    plan.layers().forEach(script::layer);
    script.line("return x");
    return script.body.toString();
  }

  private void embeddings() {
    EncoderPlan.Embeddings parts = plan.embeddings();
    line("R = torch.size(ids, 0)");
    line("S = torch.size(ids, 1)");
    line("e = torch.add(torch.embedding(w[0], ids), torch.embedding(w[1], positions))");
    if (parts.types().isPresent()) {
      line("e = torch.add(e, torch.embedding(w[2], types))");
    }
    line("f = torch.index_add(torch.reshape(e, [-1]), 0, at, change)");
    line("e = torch.view(f, [R, S, %d])", parts.norm().width());
    norm("x", "e", parts.norm());
    parts.projection().ifPresent(projection -> linear("x", "x", projection));
    line("hidden = torch.mul(torch.sub(mask, 1.), 1000000000.)");
    line("bias = torch.unsqueeze(torch.unsqueeze(hidden, 1), 1)");
  }

  private void layer(Layer layer) {
    heads("q", layer.query());
    heads("k", layer.key());
    heads("v", layer.value());
    line("c = torch.scaled_dot_product_attention(q, k, v, bias)");
    line("c = torch.reshape(torch.transpose(c, 1, 2), [R, S, %d])", architecture.hidden());
    linear("o", "c", layer.output());
    norm("x", "torch.add(x, o)", layer.attentionNorm());
    linear("h", "x", layer.up());
    line("h = %s", architecture.activation().script("h"));
    linear("h", "h", layer.down());
    norm("x", "torch.add(x, h)", layer.feedForwardNorm());
  }

  /** Sequences x heads x length x width of a head. */
  private void heads(String name, Linear linear) {
    linear(name, "x", linear);
    int heads = architecture.heads();
    int width = architecture.hidden() / heads;
    line("%1$s = torch.transpose(torch.view(%1$s, [R, S, %2$d, %3$d]), 1, 2)", name, heads, width);
  }

  /** y = (W + D) x + b of each sequence, by W x plus the few products of D. */
  private void linear(String y, String x, Linear linear) {
    int part = linears.indexOf(linear);
    int weight = plan.embeddings().tables().size() + part;
    String ofPart = "[torch.mul(R, %d):torch.mul(R, %d)]".formatted(part, part + 1);
    line("p = torch.pad_sequence(places%s, True, 0.)", ofPart);
    line("d = torch.unsqueeze(torch.pad_sequence(values%s, True, 0.), 1)", ofPart);
    line("rows = torch.bitwise_and(torch.bitwise_right_shift(p, 16), 65535)");
    line("columns = torch.bitwise_and(p, 65535)");
    line(
        "rows = torch.expand(torch.unsqueeze(torch.to(rows, 4, False, False, None), 1), [-1, S, -1])");
    line(
        "columns = torch.expand(torch.unsqueeze(torch.to(columns, 4, False, False, None), 1), [-1, S, -1])");
    line("products = torch.mul(torch.gather(%s, 2, columns), d)", x);
    line("b = torch.unsqueeze(torch.stack(biases%s), 1)", ofPart);
    line("y = torch.add(torch.linear(%s, w[%d], None), b)", x, weight);
    line("%s = torch.scatter_add(y, 2, rows, products)", y);
  }

  private void norm(String y, String x, Norm norm) {
    int part = 2 * norms.indexOf(norm);
    String of = "torch.unsqueeze(torch.stack(norms[torch.mul(R, %d):torch.mul(R, %d)]), 1)";
    line(
        "n = torch.layer_norm(%s, [%d], None, None, %s)",
        x, norm.width(), Double.toString(architecture.layerNormEps()));
    line("g = " + of.formatted(part, part + 1));
    line("s = " + of.formatted(part + 1, part + 2));
    line("%s = torch.add(torch.mul(n, g), s)", y);
  }

  private void line(String format, Object... arguments) {
    body.append("  ").append(format.formatted(arguments)).append('\n');
  }
}
