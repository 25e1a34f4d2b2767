package dev.diffstream.base.engine;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes the file form of a TorchScript module: a zip without compression that holds the code and a
 * pickle (protocol 2) of one object with its fields.
 */
public final class TorchScriptArchive {
  private static final byte[] EMPTY_TUPLE_PICKLE = {(byte) 0x80, 2, ')', '.'};

  // Version 10: in older files the engine gives some operations the arguments that they had then.

  /** A field of the object: a Boolean, an Integer or a Double. */
  public record Field(String name, Object value) {}

  private TorchScriptArchive() {}

  /** The bytes of a module whose class {@code __torch__.<file>.<type>} is declared by the code. */
  public static byte[] bytes(String file, String type, byte[] code, List<Field> fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      entry(zip, "module/data.pkl", pickle("__torch__." + file, type, fields));
      entry(zip, "module/code/__torch__/" + file + ".py", code);
      entry(zip, "module/constants.pkl", EMPTY_TUPLE_PICKLE);
      entry(zip, "module/version", "10\n".getBytes(StandardCharsets.US_ASCII));
      entry(zip, "module/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return bytes.toByteArray();
  }

  private static void entry(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    entry.setCrc(crc.getValue());
    entry.setTime(0);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  /** PROTO 2, GLOBAL, BINPUT 0, EMPTY_TUPLE, NEWOBJ, EMPTY_DICT, MARK, fields, SETITEMS, BUILD. */
  private static byte[] pickle(String module, String type, List<Field> fields) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write(new byte[] {(byte) 0x80, 2});
    out.writeBytes("c" + module + "\n" + type + "\n");
    out.write(new byte[] {'q', 0, ')', (byte) 0x81, '}', '('});
    for (Field field : fields) {
      byte[] name = field.name().getBytes(StandardCharsets.UTF_8);
      out.write('X');
      out.writeInt(Integer.reverseBytes(name.length));
      out.write(name);
      value(out, field);
    }
    out.writeBytes("ub.");
    return bytes.toByteArray();
  }

  private static void value(DataOutputStream out, Field field) throws IOException {
    switch (field.value()) {
      case Boolean flag -> out.write(flag ? 0x88 : 0x89);
      case Integer number -> {
        out.write('J');
        out.writeInt(Integer.reverseBytes(number));
      }
      case Double number -> {
        out.write('G');
        out.writeDouble(number);
      }
      default -> throw new IllegalArgumentException("no pickle for field " + field);
    }
  }
}
