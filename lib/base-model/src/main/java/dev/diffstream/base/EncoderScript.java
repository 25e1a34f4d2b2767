package dev.diffstream.base;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes an encoder as TorchScript: text that the engine runs and differentiates. The weights are
 * no part of it but come with each call, in the order of {@link EncoderTensors#scriptOrder}.
 */
final class EncoderScript {
  /** What a module computes after the last layer. */
  enum Output {
    /** The last layer: sequences x length x hidden. */
    HIDDEN("", "Tensor", "x0"),
    /** Pooled features: examples x features. */
    FEATURES("", "Tensor", "features"),
    /** Logits of a head: examples x outputs. */
    LOGITS(HEAD_ARGUMENTS, "Tensor", LINEAR),
    /** Mean softmax cross entropy, and the logits. */
    CLASS_LOSS(
        "target: Tensor," + HEAD_ARGUMENTS,
        PAIR,
        "(torch.cross_entropy_loss(logits, target), logits)"),
    /** Mean squared error, and the logits. */
    REAL_LOSS(
        "target: Tensor," + HEAD_ARGUMENTS,
        PAIR,
        "(torch.mse_loss(torch.squeeze(logits, 1), target), logits)"),
    /** Mean binary cross entropy of the sigmoid, and the logits. */
    LABEL_SET_LOSS(
        "target: Tensor," + HEAD_ARGUMENTS,
        PAIR,
        "(torch.binary_cross_entropy_with_logits(logits, target), logits)"),
    /** Logits of a head for single tokens: tokens x outputs. */
    TOKEN_LOGITS("tokens: Tensor," + HEAD_ARGUMENTS, "Tensor", LINEAR),
    /** Mean softmax cross entropy over single tokens, and the logits. */
    TOKEN_LOSS(
        "tokens: Tensor, target: Tensor," + HEAD_ARGUMENTS,
        PAIR,
        "(torch.cross_entropy_loss(logits, target), logits)"),
    /** Logits of a {@link Head#tied} head for single tokens: tokens x vocabulary. */
    TIED_LOGITS("tokens: Tensor," + HEAD_ARGUMENTS, "Tensor", TIED),
    /** Mean softmax cross entropy over single tokens, and no logits: they are too many. */
    TIED_LOSS(
        "tokens: Tensor, target: Tensor," + HEAD_ARGUMENTS,
        PAIR,
        "(torch.cross_entropy_loss(logits, target), torch.slice(logits, 0, 0, 0))");

    private final String arguments;
    private final String type;
    private final String result;

    Output(String arguments, String type, String result) {
      this.arguments = arguments;
      this.type = type;
      this.result = result;
    }

    boolean hasLoss() {
      return type.equals(PAIR);
    }

    /** Of single tokens instead of whole texts. */
    boolean ofTokens() {
      return arguments.startsWith("tokens");
    }

    boolean tied() {
      return this == TIED_LOGITS || this == TIED_LOSS;
    }
  }

  static final int FLOAT = 6;
  static final int BRAIN_FLOAT = 15;
  private static final String HEAD_ARGUMENTS = " head_w: Tensor, head_b: Tensor,";
  private static final String PAIR = "Tuple[Tensor, Tensor]";
  private static final String LINEAR = "torch.linear(features, head_w, head_b)";

  /** Scores of all words: the transformed token against each word's own embedding. */
  private static final String TIED = "torch.linear(features, words, head_b)";

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
            q = torch.transpose(torch.view(torch.linear(x0, w[i0], w[torch.add(i0, 1)]), [B, S, A, d]), 1, 2)
            k = torch.transpose(torch.view(torch.linear(x0, w[torch.add(i0, 2)], w[torch.add(i0, 3)]), [B, S, A, d]), 1, 2)
            v = torch.transpose(torch.view(torch.linear(x0, w[torch.add(i0, 4)], w[torch.add(i0, 5)]), [B, S, A, d]), 1, 2)
            c = torch.scaled_dot_product_attention(q, k, v, bias)
            c0 = torch.reshape(torch.transpose(c, 1, 2), [B, S, H])
            o = %s
            x1 = torch.layer_norm(torch.add(x0, o), [H], w[torch.add(i0, 8)], w[torch.add(i0, 9)], eps)
            h = torch.linear(x1, w[torch.add(i0, 10)], w[torch.add(i0, 11)])
            h0 = %s
            x2 = torch.layer_norm(torch.add(x1, h0), [H], w[torch.add(i0, 14)], w[torch.add(i0, 15)], eps)
            i1 = torch.add(i0, 16)
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

  /** The parts of {@link Head#tied}, one behind the other in one tensor. */
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

  private EncoderScript() {}

  /**
   * The bytes of a module.
   *
   * @param pairs whether two sequences in a row are one example
   * @param compute the format of the weights; what follows the last layer is in fp32
   * @param dropout whether masks come with the call: of the embeddings, and of each layer's
   *     attention and feed-forward output
   */
  static byte[] module(
      Architecture architecture, Output output, boolean pairs, Compute compute, boolean dropout) {
    // Evaluation is in fp32 always.
    boolean low = compute == Compute.BF16 && output.hasLoss();
    StringBuilder code = new StringBuilder();
    code.append(encoder(architecture, output, low, dropout && output.hasLoss()));
    if (low) {
      code.append("    x0 = ").append(cast("x0", FLOAT)).append('\n');
    }
    if (output.ofTokens()) {
      code.append(TOKEN_FEATURES);
      code.append(
          output.tied()
              ? TIED_FEATURES.formatted(low ? cast("w[0]", FLOAT) : "w[0]")
              : "    features = states\n");
    } else if (output != Output.HIDDEN) {
      code.append(pairs ? PAIR_FEATURES : TEXT_FEATURES);
    }
    if (output.hasLoss()) {
      code.append("    logits = ").append(output.tied() ? TIED : LINEAR).append('\n');
    }
    code.append("    return ").append(output.result).append('\n');
    return TorchScriptArchive.bytes(
        "diffstream",
        "Encoder",
        code.toString().getBytes(StandardCharsets.UTF_8),
        List.of(
            new TorchScriptArchive.Field("training", false),
            new TorchScriptArchive.Field("heads", architecture.heads()),
            new TorchScriptArchive.Field("eps", architecture.layerNormEps())));
  }

  private static String encoder(Architecture a, Output output, boolean low, boolean dropout) {
    String attention = "torch.linear(c0, w[torch.add(i0, 6)], w[torch.add(i0, 7)])";
    String feedForward =
        "torch.linear(%s, w[torch.add(i0, 12)], w[torch.add(i0, 13)])"
            .formatted(a.activation().script("h"));
    String site = "torch.add(torch.mul(l, 2), %d)";
    return ENCODER.formatted(
        output.arguments,
        dropout ? " masks: List[Tensor]," : "",
        output.type,
        a.hidden(),
        embeddings(a, dropout, low),
        low ? cast("mask", BRAIN_FLOAT) : "mask",
        EncoderTensors.beforeLayers(a),
        a.layers(),
        dropout ? masked(attention, site.formatted(1), low) : attention,
        dropout ? masked(feedForward, site.formatted(2), low) : feedForward);
  }

  private static String masked(String values, String site, boolean low) {
    String mask = "masks[%s]".formatted(site);
    return "torch.mul(%s, %s)".formatted(values, low ? cast(mask, BRAIN_FLOAT) : mask);
  }

  /** To another number format, by the engine's number of it. */
  static String cast(String values, int format) {
    return "torch.to(%s, %d, False, False, None)".formatted(values, format);
  }

  /** As {@link #module}, over features that were computed elsewhere. */
  static byte[] head(Output output) {
    StringBuilder code = new StringBuilder();
    String arguments = "features: Tensor," + output.arguments;
    code.append(HEAD.formatted(arguments.substring(0, arguments.length() - 1), output.type));
    if (output.hasLoss()) {
      code.append("    logits = torch.linear(features, head_w, head_b)\n");
    }
    code.append("    return ").append(output.result).append('\n');
    return TorchScriptArchive.bytes(
        "diffstream",
        "Encoder",
        code.toString().getBytes(StandardCharsets.UTF_8),
        List.of(new TorchScriptArchive.Field("training", false)));
  }

  /** From ids to the input x of the first layer, by the parts that the family has. */
  private static String embeddings(Architecture architecture, boolean dropout, boolean low) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "e = torch.add(torch.embedding(w[0], ids), torch.slice(w[1], 0, %1$d, torch.add(S, %1$d)))"
            .formatted(architecture.firstPosition()));
    int at = 2;
    if (architecture.family().hasTokenTypes()) {
      lines.add("e0 = torch.add(e, torch.embedding(w[%d], types))".formatted(at++));
    } else {
      lines.add("e0 = e");
    }
    String norm = "e1 = torch.layer_norm(e0, [%d], w[%d], w[%d], eps)";
    lines.add(norm.formatted(architecture.embedding(), at, at + 1));
    if (dropout) {
      lines.add("e1 = " + masked("e1", "0", low));
    }
    if (architecture.projectsEmbeddings()) {
      lines.add("x = torch.linear(e1, w[%d], w[%d])".formatted(at + 2, at + 3));
    } else {
      lines.add("x = e1");
    }
    return String.join("\n    ", lines);
  }
}
