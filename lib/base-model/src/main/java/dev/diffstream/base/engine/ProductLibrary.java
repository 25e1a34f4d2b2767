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
enum ProductLibrary {
  MKL("  return torch.mm(w, x, out=y)\n"),

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
      """);

  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
  private static final String INTEL = "GenuineIntel";

  private final String body;

  ProductLibrary(String body) {
    this.body = body;
  }

  /** Lines of a script over the tensors w, x and y that write w x into y. */
  String body() {
    return body;
  }

  /** The one for this machine. */
  static ProductLibrary ofMachine() {
    try (Stream<String> lines = Files.lines(PROCESSORS)) {
      return lines
          .filter(line -> line.startsWith("vendor_id"))
          .findFirst()
          .map(ProductLibrary::ofVendor)
          .orElse(MKL);
    } catch (IOException e) {
      return MKL;
    }
  }

  private static ProductLibrary ofVendor(String line) {
    return line.contains(INTEL) ? MKL : ONEDNN;
  }
}
