package dev.diffstream.worker.learning.diffpruning;

import dev.diffstream.worker.learning.parameters.TensorAdam;
import dev.diffstream.worker.learning.parameters.Vectors;

/**
 * The arithmetic of {@link GateKernels} as tensor operations, in the same order and with the same
 * roundings, so that both agree to the last bits but for sums. 32-bit integers wrap, and a logical
 * shift is an arithmetic one with the sign's copies cut off.
 */
final class GateScript {
  static final String ARGUMENTS =
      "flat: Tensor, theta: Tensor, places: Tensor, theta0: Tensor, w: Tensor, e: Tensor, "
          + "mw: Tensor, vw: Tensor, ma: Tensor, va: Tensor, zg: Tensor, next_zg: Tensor, "
          + "sizes: Tensor, lengths: List[int], of_w: List[float], of_a: List[float], "
          + "lam: float, factor: float, seed: int, next_seed: int";

  /**
   * Values that go through all operations together: what lies between two of them takes four bytes
   * for each.
   */
  private static final int CHUNK = 1 << 22;

  private GateScript() {}

  /** One step; returns the sum of {@code g w z} of each group, and three sums over all values. */
  static String step() {
    return """
        n = torch.size(w, 0)
        g = torch.index_select(flat, 0, places)
        zgs = torch.repeat_interleave(zg, sizes, 0, output_size=n)
        next_zgs = torch.repeat_interleave(next_zg, sizes, 0, output_size=n)
        totals = torch.zeros([3], dtype=7, layout=None, device=ops.prim.device(w), pin_memory=False)
        for c in range(torch.add(torch.floordiv(torch.sub(n, 1), %1$d), 1)):
          a = torch.mul(c, %1$d)
          b = ops.prim.min(n, torch.add(a, %1$d))
          gc = torch.slice(g, 0, a, b)
          wc = torch.slice(w, 0, a, b)
          ec = torch.slice(e, 0, a, b)
          zgc = torch.slice(zgs, 0, a, b)
          index = torch.arange(a, b, dtype=3, layout=None, device=ops.prim.device(w), pin_memory=False)
          id = torch.mul(index, %2$d)
        %3$s
          q = torch.mul(u, ec)
          d = torch.add(torch.add(torch.neg(u), 1.), q)
          e1 = torch.add(ec, 1.)
          e2 = torch.mul(e1, e1)
          r = torch.reciprocal(torch.mul(d, e2))
          s = torch.mul(torch.mul(q, e2), r)
          stretched = torch.sub(torch.mul(s, 3.), 1.5)
          z = torch.clamp(stretched, 0., 1.)
          gw = torch.mul(gc, wc)
          dw = torch.mul(torch.mul(gc, z), zgc)
          penalty = torch.mul(torch.mul(torch.mul(ec, d), r), lam)
          slope = torch.mul(torch.mul(torch.mul(gw, torch.mul(zgc, 3.)), s), torch.add(torch.neg(s), 1.))
          inside = torch.eq(z, stretched)
          da = torch.add(penalty, torch.where(inside, slope, torch.zeros_like(slope)))
          k0 = torch.copy_(gc, torch.mul(gw, z))
          k1 = torch.add_(torch.select(totals, 0, 0), torch.sum(torch.mul(dw, dw), dtype=7))
          k2 = torch.add_(torch.select(totals, 0, 1), torch.sum(torch.mul(da, da), dtype=7))
        %4$s
          k3 = torch.sub_(wc, change_w)
        %5$s
        %6$s
          k4 = torch.clamp_(torch.mul_(torch.mul_(ec, decay), factor), %7$s, %8$s)
          k5 = torch.add_(torch.select(totals, 0, 2), torch.sum(torch.gt(ec, 1.)))
        %9$s
        parts = torch.split_with_sizes(g, lengths, 0)
        dots = annotate(List[Tensor], [])
        for i in range(torch.len(parts)):
          k6 = torch.append(dots, torch.sum(parts[i], dtype=7))
        return torch.cat([torch.stack(dots), totals])
        """
        .formatted(
            CHUNK,
            GateKernels.GOLDEN,
            indented(noise("seed")),
            indented(TensorAdam.change("w", "dw", "mw", "vw")),
            indented(TensorAdam.change("a", "da", "ma", "va")),
            indented(Vectors.expOfNegativeScript("change_a", "decay")),
            (double) GateKernels.MIN_E,
            (double) GateKernels.MAX_E,
            indented(theta("next_seed", "next_zgs")))
        .indent(2);
  }

  /** Theta of the state as it stands; returns nothing of meaning. */
  static String write() {
    return """
        n = torch.size(w, 0)
        zgs = torch.repeat_interleave(zg, sizes, 0, output_size=n)
        for c in range(torch.add(torch.floordiv(torch.sub(n, 1), %1$d), 1)):
          a = torch.mul(c, %1$d)
          b = ops.prim.min(n, torch.add(a, %1$d))
          wc = torch.slice(w, 0, a, b)
          ec = torch.slice(e, 0, a, b)
          index = torch.arange(a, b, dtype=3, layout=None, device=ops.prim.device(w), pin_memory=False)
          id = torch.mul(index, %2$d)
        %3$s
        return torch.slice(theta, 0, 0, 0)
        """
        .formatted(CHUNK, GateKernels.GOLDEN, indented(theta("seed", "zgs")))
        .indent(2);
  }

  /** The values of E that {@link GateSample} looks at. */
  static String sample(int stride, int run) {
    return """
        n = torch.size(e, 0)
        whole = torch.mul(torch.floordiv(n, %1$d), %1$d)
        runs = torch.slice(torch.view(torch.slice(e, 0, 0, whole), [-1, %1$d]), 1, 0, %2$d)
        rest = torch.slice(e, 0, whole, ops.prim.min(n, torch.add(whole, %2$d)))
        return torch.cat([torch.reshape(runs, [-1]), rest])
        """
        .formatted(stride * run, run)
        .indent(2);
  }

  private static String theta(String seed, String zg) {
    return """
        %s
        q1 = torch.mul(u, ec)
        s1 = torch.div(q1, torch.add(torch.add(torch.neg(u), 1.), q1))
        z1 = torch.clamp(torch.sub(torch.mul(s1, 3.), 1.5), 0., 1.)
        v1 = torch.mul(torch.mul(wc, z1), torch.slice(%s, 0, a, b))
        at = torch.to(torch.slice(places, 0, a, b), 4, False, False, None)
        k7 = torch.index_copy_(theta, 0, at, torch.add(torch.slice(theta0, 0, a, b), v1))
        """
        .formatted(noise(seed).stripTrailing(), zg);
  }

  /** {@code u} of the values {@code id}. */
  private static String noise(String seed) {
    return """
        h0 = torch.add(id, %s)
        h1 = torch.bitwise_and(torch.bitwise_right_shift(h0, 16), 65535)
        h2 = torch.mul(torch.bitwise_xor(h0, h1), %d)
        h3 = torch.bitwise_and(torch.bitwise_right_shift(h2, 15), 131071)
        h4 = torch.mul(torch.bitwise_xor(h2, h3), %d)
        h5 = torch.bitwise_and(torch.bitwise_right_shift(h4, 16), 65535)
        h6 = torch.bitwise_right_shift(torch.bitwise_xor(h4, h5), 9)
        h7 = torch.to(torch.bitwise_and(h6, 8388607), 6, False, False, None)
        u = torch.clamp(torch.mul(torch.add(h7, 0.5), %s), %s, %s)
        """
        .formatted(
            seed,
            0x7feb352d,
            0x846ca68b,
            0x1p-23,
            (double) GateKernels.MIN_U,
            (double) (1 - GateKernels.MIN_U));
  }

  private static String indented(String lines) {
    return lines.indent(2).stripTrailing();
  }
}
