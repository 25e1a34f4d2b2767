package dev.diffstream.base.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Which of the engine's libraries multiplies matrices in fp32. MKL takes the widest instructions on
 * the processors of its maker alone; on others oneDNN is more than twice as fast where there is
 * AVX-512. It follows from the processor and never from load or a measurement, since the two add in
 * another order: the same text has the same bits after a restart.
 */
public enum ProductLibrary {
  /** What the engine takes by itself: MKL on a processor, and on a device that of its maker. */
  DEFAULT("  return torch.mm(w, x, out=y)\n", "torch.linear(%s, %s, %s)"),

  /**
   * As a linear layer with the columns of x for its rows. x is copied where it is a part of a wider
   * matrix: for that layout the library has no fast kernel, but one that takes a thousand times as
   * long.
   */
  ONEDNN(
      """
        rows = torch.t(torch.contiguous(x))
        none = annotate(List[Optional[number]], [])
        p = ops.mkldnn._linear_pointwise(w, rows, None, "none", none, "")
        return torch.copy_(y, p, False)
      """,
      "torch.to_dense(torch.mkldnn_linear(torch.to_mkldnn(%s), %s, %s))");

  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
  private static final String INTEL = "GenuineIntel";

  private final String body;
  private final String linear;

  ProductLibrary(String body, String linear) {
    this.body = body;
    this.linear = linear;
  }

  /** Lines of a script over the tensors w, x and y that write w x into y. */
  String body() {
    return body;
  }

  /**
   * TorchScript of a linear layer in fp32, which may take part in a gradient.
   *
   * @param x an expression: ... x inputs
   * @param weight outputs x inputs
   * @param bias outputs
   */
  public String linear(String x, String weight, String bias) {
    return linear.formatted(x, weight, bias);
  }

  /** The one for a device. */
  public static ProductLibrary of(ComputeDevice device) {
    return device.isGpu() ? DEFAULT : ofMachine();
  }

  /** The one for this machine's processor. */
  public static ProductLibrary ofMachine() {
    try (Stream<String> lines = Files.lines(PROCESSORS)) {
      return lines
          .filter(line -> line.startsWith("vendor_id"))
          .findFirst()
          .map(ProductLibrary::ofVendor)
          .orElse(DEFAULT);
    } catch (IOException e) {
      return DEFAULT;
    }
  }

  private static ProductLibrary ofVendor(String line) {
    return line.contains(INTEL) ? DEFAULT : ONEDNN;
  }
}
