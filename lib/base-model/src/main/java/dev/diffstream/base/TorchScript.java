package dev.diffstream.base;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes the forward pass of an architecture as a TorchScript module without weights: the weights
 * are an input, so that gradients reach them and one copy serves every diff. A module is a stored
 * zip of readable code and a small pickle.
 *
 * <pre>
 * forward(ids [rows, width], types [rows, width], bias [rows, 1, 1, width], w: parameters in canonical order) -> hidden [rows, width, hidden]
 * </pre>
 */
final class TorchScript {
  private final Architecture architecture;
  private final List<String> names;
  private final StringBuilder code = new StringBuilder();

  private TorchScript(Architecture architecture, List<String> names) {
    this.architecture = architecture;
    this.names = names;
  }

  static byte[] encoder(Architecture architecture, List<String> parameterNames) {
    return zip(new TorchScript(architecture, parameterNames).bert());
  }

  private String bert() {
    Architecture a = architecture;
    line(0, "class Encoder(Module):");
    line(1, "__parameters__ = []");
    line(1, "__buffers__ = []");
    line(1, "training : bool");
    line(1, "def forward(self: __torch__.diffstream.Encoder,");
    line(2, "ids: Tensor,");
    line(2, "types: Tensor,");
    line(2, "bias: Tensor,");
    line(2, "w: List[Tensor]) -> Tensor:");
    line(2, "B = torch.size(ids, 0)");
    line(2, "S = torch.size(ids, 1)");
    line(2, "e0 = torch.embedding(" + w("embeddings.word_embeddings.weight") + ", ids)");
    line(2, "e1 = torch.slice(" + w("embeddings.position_embeddings.weight") + ", 0, 0, S)");
    line(2, "e2 = torch.embedding(" + w("embeddings.token_type_embeddings.weight") + ", types)");
    line(2, "x0 = " + layerNorm("torch.add(torch.add(e0, e2), e1)", "embeddings.LayerNorm"));
    for (int layer = 0; layer < a.layers(); layer++) {
      layer(layer);
    }
    line(2, "return x" + a.layers());
    return code.toString();
  }

  private void layer(int i) {
    String in = "x" + i;
    String at = "encoder.layer." + i + ".";
    for (String part : List.of("query", "key", "value")) {
      String projected = linear(in, at + "attention.self." + part);
      int perHead = architecture.hidden() / architecture.heads();
      line(
          2,
          part
              + i
              + " = torch.transpose(torch.view("
              + projected
              + ", [B, S, "
              + architecture.heads()
              + ", "
              + perHead
              + "]), 1, 2)");
    }
    line(
        2,
        "c"
            + i
            + " = torch.scaled_dot_product_attention(query"
            + i
            + ", key"
            + i
            + ", value"
            + i
            + ", bias, 0.)");
    line(
        2,
        "d"
            + i
            + " = torch.reshape(torch.transpose(c"
            + i
            + ", 1, 2), [B, S, "
            + architecture.hidden()
            + "])");
    String attended = linear("d" + i, at + "attention.output.dense");
    line(
        2,
        "y"
            + i
            + " = "
            + layerNorm(
                "torch.add(" + in + ", " + attended + ")", at + "attention.output.LayerNorm"));
    line(2, "h" + i + " = " + activation(linear("y" + i, at + "intermediate.dense")));
    String out = linear("h" + i, at + "output.dense");
    line(
        2,
        "x"
            + (i + 1)
            + " = "
            + layerNorm("torch.add(y" + i + ", " + out + ")", at + "output.LayerNorm"));
  }

  private String linear(String x, String name) {
    return "torch.linear(" + x + ", " + w(name + ".weight") + ", " + w(name + ".bias") + ")";
  }

  private String layerNorm(String x, String name) {
    return "torch.layer_norm("
        + x
        + ", ["
        + architecture.hidden()
        + "], "
        + w(name + ".weight")
        + ", "
        + w(name + ".bias")
        + ", "
        + architecture.layerNormEps()
        + ")";
  }

  private String activation(String x) {
    return switch (architecture.activation()) {
      case "gelu" -> "torch.gelu(" + x + ")";
      case "gelu_new" -> "torch.gelu(" + x + ", approximate=\"tanh\")";
      case "relu" -> "torch.relu(" + x + ")";
      default -> throw new IllegalArgumentException("no activation " + architecture.activation());
    };
  }

  private String w(String name) {
    int index = names.indexOf(name);
    if (index < 0) {
      throw new IllegalArgumentException("the base has no parameter " + name);
    }
    return "w[" + index + "]";
  }

  private void line(int depth, String text) {
    code.append("  ".repeat(depth)).append(text).append('\n');
  }

  private static byte[] zip(String code) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("data.pkl", pickle());
    files.put("code/__torch__/diffstream.py", code.getBytes(StandardCharsets.UTF_8));
    files.put("constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
    files.put("version", "3\n".getBytes(StandardCharsets.UTF_8));
    files.put("byteorder", "little".getBytes(StandardCharsets.UTF_8));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        ZipEntry entry = new ZipEntry("encoder/" + file.getKey());
        CRC32 crc = new CRC32();
        crc.update(file.getValue());
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(file.getValue().length);
        entry.setCompressedSize(file.getValue().length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(file.getValue());
        zip.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Protocol 2: an object of the class with the one attribute {@code training = True}. */
  private static byte[] pickle() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.write(new byte[] {(byte) 0x80, 2});
      out.writeBytes("c__torch__.diffstream\nEncoder\n");
      out.write(new byte[] {'q', 0, ')', (byte) 0x81, '}', '(', 'X'});
      out.writeInt(Integer.reverseBytes("training".length()));
      out.writeBytes("training");
      out.write(new byte[] {(byte) 0x88, 'u', 'b', '.'});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
