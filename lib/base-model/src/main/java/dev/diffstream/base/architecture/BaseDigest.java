package dev.diffstream.base.architecture;

import dev.diffstream.schemas.Sha256;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/**
 * The digest that identifies a base: SHA-256 over its tensors, independent of the file they came
 * from.
 *
 * <pre>
 * digested = "diffstream-base-1\n" tensor*          sorted by name, as unsigned bytes
 * tensor   = u32 length of name, name (UTF-8)       e.g. 25 "embeddings.LayerNorm.bias"
 *            u32 length of dtype, dtype             3 "F32"
 *            u32 rank, u64 dimension*               1, 384
 *            u64 length of values in bytes          1536
 *            f32*                                   row-major, the bits as they are
 * </pre>
 *
 * All numbers are little-endian. Names are the canonical ones of {@link EncoderTensors}; pooler,
 * task heads and position ids are not included.
 */
public final class BaseDigest {
  private static final byte[] DOMAIN = "diffstream-base-1\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] F32 = "F32".getBytes(StandardCharsets.US_ASCII);

  private BaseDigest() {}

  /** 64 hex digits; the parameters must be in canonical order. */
  public static String of(List<Parameter> parameters) {
    MessageDigest digest = Sha256.digest();
    digest.update(DOMAIN);
    for (Parameter parameter : parameters) {
      digest.update(header(parameter));
      digest.update(littleEndian(parameter));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static ByteBuffer header(Parameter parameter) {
    byte[] name = parameter.name().getBytes(StandardCharsets.UTF_8);
    List<Integer> shape = parameter.shape();
    int length = 4 + name.length + 4 + F32.length + 4 + 8 * shape.size() + 8;
    ByteBuffer header = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(name.length).put(name).putInt(F32.length).put(F32).putInt(shape.size());
    shape.forEach(header::putLong);
    return header.putLong((long) Float.BYTES * parameter.size()).flip();
  }

  private static ByteBuffer littleEndian(Parameter parameter) {
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      throw new IllegalStateException("diffstream runs on little-endian machines only");
    }
    return parameter.bytes();
  }
}
