package dev.diffstream.schemas.diff.format;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.diffstream.schemas.safetensors.Safetensors.Entry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;

/** Files that are wrong in their header, their metadata, their offsets or their checksums. */
final class HostileContainers {
  private static final byte[] SOUND = DiffWriter.write(SampleDiffs.small());
  private static final String HEADER = DiffWriter.headerText(SOUND);

  private final Map<String, byte[]> files;

  private HostileContainers(Map<String, byte[]> files) {
    this.files = files;
  }

  /** Adds them by name; what should be refused by another code than MALFORMED_DIFF ends in it. */
  static void addTo(Map<String, byte[]> files) {
    HostileContainers hostile = new HostileContainers(files);
    hostile.lengths();
    hostile.json();
    hostile.offsets();
    hostile.metadata();
    hostile.checksums();
  }

  private void lengths() {
    files.put("empty", new byte[0]);
    files.put("seven-bytes", Arrays.copyOf(SOUND, 7));
    files.put("truncated-in-header", Arrays.copyOf(SOUND, 100));
    files.put("truncated-in-tensors", Arrays.copyOf(SOUND, SOUND.length - 60));
    files.put("truncated-by-a-byte", Arrays.copyOf(SOUND, SOUND.length - 1));
    files.put("byte-behind-the-last-tensor", Arrays.copyOf(SOUND, SOUND.length + 1));
    files.put("header-length-huge", headerLength(Long.MAX_VALUE));
    files.put("header-length-negative", headerLength(-1));
    files.put("header-length-zero", headerLength(0));
    files.put("header-length-beyond-the-file", headerLength(SOUND.length - 7));
    files.put("header-length-too-small", headerLength(HEADER.length() - 8));
  }

  private void json() {
    files.put("header-empty-object", HandmadeFile.of("{}".getBytes(UTF_8), new byte[0]));
    files.put("header-an-array", withHeader("[" + HEADER.strip() + "]"));
    files.put("header-twice", withHeader(HEADER.strip() + HEADER.strip()));
    files.put("header-nested-deep", inHeader("\"deep\":" + "[".repeat(9000) + "]".repeat(9000)));
    files.put("header-nested-open", withHeader("{\"deep\":" + "[".repeat(9000)));
    files.put("header-of-numbers", inHeader("\"many\":[0" + ",1".repeat(9000) + "]"));
    files.put("header-of-objects", inHeader("\"many\":[{}" + ",{}".repeat(9000) + "]"));
    files.put("header-number-long", inHeader("\"long\":" + "9".repeat(9000)));
    files.put("header-number-infinite", replaced("[0,4]", "[0,1e999999999]"));
    files.put("header-number-a-fraction", replaced("[0,4]", "[0,4.0]"));
    files.put("header-key-repeated", replaced("\"diffstream.head.bias\"", "\"x\":0,\"x\""));
    files.put(
        "header-key-of-tensor-repeated", replaced("{\"dtype\"", "{\"dtype\":\"U8\",\"dtype\""));
    files.put("header-in-utf-16", HandmadeFile.of(HEADER.getBytes(UTF_16LE), data()));
    files.put("header-half-a-surrogate", replaced("all-MiniLM", "\\ud800"));
    files.put("header-name-half-a-surrogate", replaced("\"__metadata__\":{", "\"\\udc00\":\"\","));
    byte[] latin1 = HEADER.getBytes(UTF_8);
    latin1[HEADER.indexOf("all-MiniLM")] = (byte) 0xE4;
    files.put("header-not-utf-8", HandmadeFile.of(latin1, data()));
  }

  private void offsets() {
    files.put("tensors-overlap", replaced("\"data_offsets\":[4,8]", "\"data_offsets\":[0,4]"));
    files.put("tensors-with-a-hole", replaced("[4,8]", "[5,9]"));
    files.put("tensors-out-of-range", replaced("[0,4]", "[2147483648,2147483652]"));
    files.put("offsets-negative", replaced("[0,4]", "[-4,0]"));
    files.put("offsets-swapped", replaced("[0,4]", "[4,0]"));
    files.put("offsets-overflow", replaced("[0,4]", "[9223372036854775803,9223372036854775807]"));
    files.put("offsets-of-three", replaced("[0,4]", "[0,4,4]"));
    files.put("shape-overflows", replaced("\"shape\":[1]", "\"shape\":[4294967296,4294967296]"));
    files.put(
        "shape-overflows-to-right", replaced("\"shape\":[1]", "\"shape\":[9223372036854775807,3]"));
    files.put("shape-negative", replaced("\"shape\":[1,1]", "\"shape\":[-1,-1]"));
    files.put("shape-of-strings", replaced("\"shape\":[1]", "\"shape\":[\"1\"]"));
    files.put("shape-missing", replaced("\"shape\":[1],", ""));
    files.put("dtype-unknown", replaced("\"dtype\":\"F32\"", "\"dtype\":\"F99\""));
    files.put("tensor-a-number", inHeader("\"number\":7"));
  }

  private void metadata() {
    files.put("version-2.UNSUPPORTED_VERSION", replaced("\"version\":\"1\"", "\"version\":\"2\""));
    files.put(
        "version-missing.UNSUPPORTED_VERSION", replaced("\"version\":\"1\"", "\"versions\":\"1\""));
    files.put("version-a-number", replaced("\"version\":\"1\"", "\"version\":1"));
    files.put("format-other", replaced("diffstream.diff\"", "diffstream.diss\""));
    files.put("metadata-missing", replaced("__metadata__", "metadata"));
    files.put("op-other", replaced("\"op\":\"add\"", "\"op\":\"mul\""));
    files.put("profile-other", replaced("\"profile\":\"compact\"", "\"profile\":\"dense\""));
    files.put("precision-other", replaced("\"precision\":\"fp32\"", "\"precision\":\"fp64\""));
    files.put("objective-other.UNSUPPORTED_VERSION", replaced("regression", "prophecy"));
    files.put("nonzeros-more", replaced("\"nonzeros\":\"2\"", "\"nonzeros\":\"268435456\""));
    files.put("nonzeros-fewer", replaced("\"nonzeros\":\"2\"", "\"nonzeros\":\"1\""));
    files.put("nonzeros-beyond-most", replaced("\"nonzeros\":\"2\"", "\"nonzeros\":\"268435457\""));
    files.put("nonzeros-negative", replaced("\"nonzeros\":\"2\"", "\"nonzeros\":\"-2\""));
    files.put("digest-in-upper-case", replaced("cdcd", "CDCD"));
    files.put("metric-infinite", replaced("0.9375", "1e999999999"));
    files.put("metric-a-string", replaced("0.9375", "\\\"0.9375\\\""));
    files.put("labels-too-few", replaced("regression", "classification"));
    files.put(
        "label-half-a-surrogate",
        replaced("\"task.labels\":\"[]\"", "\"task.labels\":\"[\\\"\\\\ud800\\\"]\""));
    files.put(
        "labels-nested-deep",
        replaced("\"task.labels\":\"[]\"", "\"task.labels\":\"" + "[".repeat(9000) + "\""));
    files.put(
        "labels-with-a-zero",
        replaced("\"task.labels\":\"[]\"", "\"task.labels\":\"[\\u0000]\\u0000\""));
    files.put("parents-no-digests", replaced("\"op\":", "\"parents\":\"[\\\"ab\\\"]\",\"op\":"));
  }

  private void checksums() {
    DiffFile file = DiffFile.of(ByteBuffer.wrap(SOUND));
    files.put("checksum-of-header-wrong", flipped(HEADER.indexOf("all-MiniLM") + 8));
    for (Entry entry : file.entries().values()) {
      files.put("checksum-wrong-of-" + entry.name(), flipped((int) entry.offset()));
    }
    files.put("checksum-of-checksums-wrong", flipped(SOUND.length - 1));
    files.put("checksums-missing", replaced("diffstream.checksums", "diffstream.checkings"));
    files.put(
        "checksums-too-few",
        replaced(
            "\"diffstream.checksums\"",
            "\"empty\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},\"diffstream.checksums\""));
    byte[] data = data();
    String behind =
        ",\"z\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%d,%d]}}"
            .formatted(data.length, data.length + 1);
    String header = HEADER.strip();
    files.put(
        "checksums-not-the-last",
        HandmadeFile.of(
            (header.substring(0, header.length() - 1) + behind).getBytes(UTF_8),
            Arrays.copyOf(data, data.length + 1)));
  }

  private static byte[] flipped(int at) {
    byte[] flipped = SOUND.clone();
    flipped[at] ^= 1;
    return flipped;
  }

  private static byte[] headerLength(long length) {
    byte[] file = SOUND.clone();
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
    return file;
  }

  /** The sound file's with some text of its header exchanged. */
  private static byte[] replaced(String... fromTo) {
    String header = HEADER;
    for (int i = 0; i < fromTo.length; i += 2) {
      int at = header.indexOf(fromTo[i]);
      if (at < 0) {
        throw new IllegalArgumentException(fromTo[i] + " is not in " + header);
      }
      header = header.substring(0, at) + fromTo[i + 1] + header.substring(at + fromTo[i].length());
    }
    return withHeader(header);
  }

  private static byte[] inHeader(String member) {
    return replaced("{\"__metadata__\"", "{" + member + ",\"__metadata__\"");
  }

  private static byte[] withHeader(String header) {
    return HandmadeFile.of(header.getBytes(UTF_8), data());
  }

  private static byte[] data() {
    return Arrays.copyOfRange(SOUND, 8 + HEADER.getBytes(UTF_8).length, SOUND.length);
  }
}
