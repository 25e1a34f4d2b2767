package dev.diffstream.base.network;

import dev.diffstream.base.architecture.Architecture;
import dev.diffstream.base.architecture.EncoderPlan;
import dev.diffstream.base.architecture.EncoderPlan.Layer;
import dev.diffstream.base.architecture.EncoderPlan.Linear;
import dev.diffstream.base.architecture.EncoderPlan.Norm;
import dev.diffstream.base.architecture.EncoderTensors;
import dev.diffstream.base.engine.Compute;
import dev.diffstream.base.engine.ProductLibrary;
import dev.diffstream.base.engine.TorchScriptArchive;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes an encoder, as its {@link EncoderPlan} describes it, as TorchScript: text that the engine
 * runs and differentiates. The weights are no part of it but come with each call, in the order of
 * {@link EncoderTensors#scriptOrder}.
 */
final class EncoderScript {

  private static final String ENCODER =
      """
      class Encoder(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        heads : int
        eps : float
        def forward(self: __torch__.diffstream.Encoder,
          ids: Tensor,
          types: Tensor,
          mask: Tensor,
          pool: Tensor,
          %s%s
          w: List[Tensor]) -> %s:
          B = torch.size(ids, 0)
          S = torch.size(ids, 1)
          H = %d
          A = self.heads
          eps = self.eps
          d = torch.floordiv(H, A)
          %s
          m0 = torch.unsqueeze(torch.unsqueeze(%s, 1), 1)
          bias = torch.mul(torch.sub(m0, 1.), 1000000000.)
          i = %d
          x0 = x
          i0 = i
          for l in range(%d):
            %s
            i1 = torch.add(i0, %d)
            x0, i0 = x2, i1
      """;

  private static final String HEAD =
      """
      class Encoder(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        def forward(self: __torch__.diffstream.Encoder,
          %s) -> %s:
      """;

  private static final String TEXT_FEATURES =
      """
          features = torch.select(torch.bmm(pool, x0), 1, 0)
      """;

  /**
   * u and v are brought to length sqrt(hidden), so that the sum of u * v is hidden times their
   * cosine, whatever the base's own scale.
   */
  private static final String PAIR_FEATURES =
      """
          means = torch.reshape(torch.bmm(pool, x0), [-1, 2, H])
          squares = torch.mean(torch.mul(means, means), [2], True)
          scaled = torch.div(means, torch.sqrt(torch.add(squares, 1e-12)))
          u = torch.select(scaled, 1, 0)
          v0 = torch.select(scaled, 1, 1)
          features = torch.cat([u, v0, torch.abs(torch.sub(u, v0)), torch.mul(u, v0)], 1)
      """;

  private static final String TOKEN_FEATURES =
      """
          states = torch.index_select(torch.reshape(x0, [-1, H]), 0, tokens)
      """;

  /** The parts of a tied head, one behind the other in one tensor. */
  private static final String TIED_FEATURES =
      """
          words = %s
          E = torch.size(words, 1)
          n0 = torch.mul(E, H)
          n1 = torch.add(n0, E)
          n2 = torch.add(n1, E)
          dense = torch.view(torch.slice(head_w, 0, 0, n0), [E, H])
          t = torch.gelu(torch.linear(states, dense, torch.slice(head_w, 0, n0, n1)))
          norm_w = torch.slice(head_w, 0, n1, n2)
          norm_b = torch.slice(head_w, 0, n2, torch.add(n2, E))
          features = torch.layer_norm(t, [E], norm_w, norm_b, eps)
      """;

  private final Architecture architecture;
  private final List<String> order;
  private final boolean low;
  private final ProductLibrary products;

  /**
   * @param low whether the weights are in bf16; what follows the last layer is in fp32
   * @param products what multiplies in fp32
   */
  EncoderScript(Architecture architecture, boolean low, ProductLibrary products) {
    this.architecture = architecture;
    this.order = EncoderTensors.scriptOrder(architecture);
    this.low = low;
    this.products = products;
  }

  /**
   * The bytes of a module.
   *
   * @param pairs whether two sequences in a row are one example
   * @param dropout whether masks come with the call: of the embeddings, and of each layer's
   *     attention and feed-forward output
   */
  byte[] module(Output output, boolean pairs, boolean dropout) {
    StringBuilder code = new StringBuilder();
    code.append(encoder(output, dropout && output.hasLoss()));
    if (low) {
      code.append("    x0 = ").append(Compute.FP32.cast("x0")).append('\n');
    }
    if (output.ofTokens()) {
      code.append(TOKEN_FEATURES);
      code.append(
          output.tied()
              ? TIED_FEATURES.formatted(low ? Compute.FP32.cast("w[0]") : "w[0]")
              : "    features = states\n");
    } else if (output != Output.HIDDEN) {
      code.append(pairs ? PAIR_FEATURES : TEXT_FEATURES);
    }
    if (output.hasLoss()) {
      code.append("    logits = ").append(output.logits()).append('\n');
    }
    code.append("    return ").append(output.result()).append('\n');
    return TorchScriptArchive.bytes(
        "diffstream",
        "Encoder",
        code.toString().getBytes(StandardCharsets.UTF_8),
        List.of(
            new TorchScriptArchive.Field("training", false),
            new TorchScriptArchive.Field("heads", architecture.heads()),
            new TorchScriptArchive.Field("eps", architecture.layerNormEps())));
  }

  private String encoder(Output output, boolean dropout) {
    EncoderPlan plan = EncoderPlan.of(architecture);
    Layer layer = plan.layers().getFirst();
    return ENCODER.formatted(
        output.arguments(),
        dropout ? " masks: List[Tensor]," : "",
        output.type(),
        architecture.hidden(),
        embeddings(plan.embeddings(), dropout),
        low ? Compute.BF16.cast("mask") : "mask",
        EncoderTensors.beforeLayers(architecture),
        architecture.layers(),
        String.join("\n      ", layer(layer, dropout)),
        layer.parameters().size());
  }

  /** From x0 to x2. All layers run the same lines; the weights of a layer begin at i0. */
  private List<String> layer(Layer layer, boolean dropout) {
    int first = EncoderTensors.beforeLayers(architecture);
    Weights weights =
        name -> {
          int place = order.indexOf(name) - first;
          return place == 0 ? "w[i0]" : "w[torch.add(i0, %d)]".formatted(place);
        };
    String site = "torch.add(torch.mul(l, 2), %d)";
    String heads = "%s = torch.transpose(torch.view(%s, [B, S, A, d]), 1, 2)";
    String attention = linear("c0", layer.output(), weights);
    String feedForward = linear(architecture.activation().script("h"), layer.down(), weights);
    return List.of(
        heads.formatted("q", linear("x0", layer.query(), weights)),
        heads.formatted("k", linear("x0", layer.key(), weights)),
        heads.formatted("v", linear("x0", layer.value(), weights)),
        "c = torch.scaled_dot_product_attention(q, k, v, bias)",
        "c0 = torch.reshape(torch.transpose(c, 1, 2), [B, S, H])",
        "o = " + (dropout ? masked(attention, site.formatted(1)) : attention),
        "x1 = " + norm("torch.add(x0, o)", layer.attentionNorm(), weights),
        "h = " + linear("x1", layer.up(), weights),
        "h0 = " + (dropout ? masked(feedForward, site.formatted(2)) : feedForward),
        "x2 = " + norm("torch.add(x1, h0)", layer.feedForwardNorm(), weights));
  }

  /** How the script names a tensor. */
  private interface Weights {
    String of(String name);
  }

  private String linear(String x, Linear part, Weights weights) {
    ProductLibrary library = low ? ProductLibrary.DEFAULT : products;
    return library.linear(x, weights.of(part.weight()), weights.of(part.bias()));
  }

  private static String norm(String x, Norm part, Weights weights) {
    return "torch.layer_norm(%s, [%d], %s, %s, eps)"
        .formatted(x, part.width(), weights.of(part.weight()), weights.of(part.bias()));
  }

  private String masked(String values, String site) {
    String mask = "masks[%s]".formatted(site);
    return "torch.mul(%s, %s)".formatted(values, low ? Compute.BF16.cast(mask) : mask);
  }

  /** From ids to the input x of the first layer, by the parts that the family has. */
  private String embeddings(EncoderPlan.Embeddings parts, boolean dropout) {
    Weights weights = name -> "w[%d]".formatted(order.indexOf(name));
    List<String> lines = new ArrayList<>();
    lines.add(
        "e = torch.add(torch.embedding(%1$s, ids), torch.slice(%2$s, 0, %3$d, torch.add(S, %3$d)))"
            .formatted(
                weights.of(parts.words().name()),
                weights.of(parts.positions().name()),
                parts.firstPosition()));
    lines.add(
        parts
            .types()
            .map(
                types ->
                    "e0 = torch.add(e, torch.embedding(%s, types))"
                        .formatted(weights.of(types.name())))
            .orElse("e0 = e"));
    lines.add("e1 = " + norm("e0", parts.norm(), weights));
    if (dropout) {
      lines.add("e1 = " + masked("e1", "0"));
    }
    lines.add("x = " + parts.projection().map(p -> linear("e1", p, weights)).orElse("e1"));
    return String.join("\n    ", lines);
  }

  /** As {@link #module}, over features that were computed elsewhere. */
  static byte[] head(Output output) {
    StringBuilder code = new StringBuilder();
    String arguments = "features: Tensor," + output.arguments();
    code.append(HEAD.formatted(arguments.substring(0, arguments.length() - 1), output.type()));
    if (output.hasLoss()) {
      code.append("    logits = torch.linear(features, head_w, head_b)\n");
    }
    code.append("    return ").append(output.result()).append('\n');
    return TorchScriptArchive.bytes(
        "diffstream",
        "Encoder",
        code.toString().getBytes(StandardCharsets.UTF_8),
        List.of(new TorchScriptArchive.Field("training", false)));
  }
}
