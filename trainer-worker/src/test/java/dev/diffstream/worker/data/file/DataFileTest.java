package dev.diffstream.worker.data.file;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Gzip in every state, and files that hold no lines of text. */
class DataFileTest {
  private static final byte[] FIRST = "text,label\none,a\n".getBytes(UTF_8);
  private static final byte[] SECOND = "two,b\n".getBytes(UTF_8);
  private static final long MAX_BYTES = 1 << 20;

  @Test
  void gzipIsToldByItsBytesWhateverTheName() throws IOException {
    for (String name : List.of("x.csv", "x.csv.gz", "x")) {
      assertThat(read(name, gzip(FIRST))).isEqualTo(FIRST);
      assertThat(read(name, FIRST)).isEqualTo(FIRST);
    }
  }

  @Test
  void allMembersAreReadTheEmptyOnesToo() throws IOException {
    byte[] members = join(gzip(FIRST), gzip(new byte[0]), gzip(SECOND), gzip(new byte[0]));
    assertThat(read("x.csv.gz", members)).isEqualTo(join(FIRST, SECOND));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 7, not in the .gz format",
    "1, 0, a later member without its second byte",
    "2, 9, method",
    "3, 224, flags",
  })
  void aDamagedHeaderOfALaterMemberIsDamage(int offset, int value, String what) {
    byte[] later = gzip(SECOND);
    later[offset] = (byte) value;
    damaged(join(gzip(FIRST), later), what);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 9, 10, 15})
  void aLaterMemberThatBreaksOffIsDamage(int bytes) {
    damaged(join(gzip(FIRST), Arrays.copyOf(gzip(SECOND), bytes)), "cut after " + bytes);
  }

  @Test
  void whatStandsBehindTheLastMemberIsDamage() {
    damaged(join(gzip(FIRST), "rubbish here".getBytes(UTF_8)), "rubbish");
    damaged(join(gzip(FIRST), new byte[512]), "zeros");
    damaged(join(gzip(FIRST), new byte[] {31}), "one byte");
  }

  @Test
  void wrongChecksumsAndLengthsAreDamage() {
    for (int fromEnd = 1; fromEnd <= 8; fromEnd++) {
      byte[] file = join(gzip(FIRST), gzip(SECOND));
      file[file.length - fromEnd] ^= 0x40;
      damaged(file, "byte " + fromEnd + " from the end");
    }
  }

  /** No change of one bit gives other text; some bits of headers (time, system) mean nothing. */
  @RepeatedTest(200)
  void noDamageGivesOtherText() throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    byte[] file = join(gzip(FIRST), gzip(SECOND));
    int bit = random.nextInt(file.length * 8);
    file[bit / 8] ^= (byte) (1 << (bit % 8));
    try {
      byte[] text = read("x.csv.gz", file);
      // without the magic bytes of its first member it is no gzip, but no UTF-8 either
      if (bit >= 16) {
        assertThat(text).as("DataFileTest seed %d", seed).isEqualTo(join(FIRST, SECOND));
      }
    } catch (IOException | DiffstreamException refused) {
      assertThat(refused).as("DataFileTest seed %d", seed).isNotNull();
    }
  }

  @Test
  void aHeaderWithoutAnEndIsNotHeldInMemory() {
    byte[] file = new byte[HeaderLimitInputStream.MAX_BYTES + 100_000];
    Arrays.fill(file, (byte) 'n');
    System.arraycopy(new byte[] {31, (byte) 139, 8, 8, 0, 0, 0, 0, 0, 0}, 0, file, 0, 10);
    assertThatThrownBy(() -> read("x.csv.gz", file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("packed bytes give no unpacked one");
  }

  @Test
  void manySmallMembersAreRead() throws IOException {
    for (int size : new int[] {1, 200}) {
      byte[][] members = new byte[100_000 / size][];
      Arrays.fill(members, gzip("x".repeat(size).getBytes(UTF_8)));
      assertThat(read("x.csv.gz", join(members))).hasSize(100_000);
    }
  }

  @Test
  void unpackedBytesAreCounted() {
    refused("x.csv.gz", gzip(new byte[] {'a'}, 2 << 20), ErrorCode.QUOTA_EXCEEDED, "unpacks to");
  }

  @Test
  void gzipWithinGzipIsRefused() {
    refused("x.csv.gz", gzip(gzip(FIRST)), ErrorCode.DATA_UNREADABLE, "is gzip within gzip");
  }

  @Test
  void nothingUnderAGzipNameIsRefused() throws IOException {
    refused("x.CSV.GZ", new byte[0], ErrorCode.DATA_UNREADABLE, "is empty, expected gzip");
    assertThat(read("x.csv", new byte[0])).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "504b0304, a zip archive",
    "504b0506, an empty zip archive",
    "28b52ffd, compressed with zstd",
    "425a6839314159265359, compressed with bzip2",
    "fd377a585a00, compressed with xz",
    "04224d18, compressed with lz4",
    "377abcaf271c, a 7z archive",
    "504152311500, a Parquet file",
    "d0cf11e0, an .xls or .doc document",
    "4f626a01, an Avro file",
    "255044462d, a PDF document",
  })
  void otherFormatsAreNamed(String head, String what) {
    byte[] file = join(HexFormat.of().parseHex(head), new byte[100]);
    refused("x.csv", file, ErrorCode.DATA_UNREADABLE, "x.csv is " + what);
    refused("x.csv", gzip(file), ErrorCode.DATA_UNREADABLE, "x.csv is " + what);
  }

  @Test
  void aTarArchiveWithinGzipIsNamed() {
    byte[] tar = new byte[1024];
    System.arraycopy("data.csv".getBytes(UTF_8), 0, tar, 0, 8);
    System.arraycopy("ustar".getBytes(UTF_8), 0, tar, 257, 5);
    refused("x.tar.gz", gzip(tar), ErrorCode.DATA_UNREADABLE, "is a tar archive");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PKs,label\n", "BZh9 is a word,label\n", "PAR1,label\n", "Obj,label\n"})
  void textThatBeginsAlikeIsText(String text) throws IOException {
    assertThat(read("x.csv", text.getBytes(UTF_8))).isEqualTo(text.getBytes(UTF_8));
  }

  @Test
  void otherEncodingsAreNamed() throws IOException {
    String text = "text\tlabel\none\ta\n";
    for (Charset encoding : List.of(UTF_16, UTF_16LE, UTF_16BE, Charset.forName("UTF-32"))) {
      refused("x.tsv", text.getBytes(encoding), ErrorCode.DATA_UNREADABLE, "UTF-");
    }
    refused(
        "x.tsv",
        ("\uFEFF" + text).getBytes(UTF_16LE),
        ErrorCode.DATA_UNREADABLE,
        "text in UTF-16, expected text in UTF-8");
    refused(
        "x.tsv",
        ("\uFEFF" + text).getBytes(Charset.forName("UTF-32LE")),
        ErrorCode.DATA_UNREADABLE,
        "text in UTF-32");
    assertThat(read("x.tsv", ("\uFEFF" + text).getBytes(UTF_8))).hasSize(text.length() + 3);
    assertThat(read("x.tsv", text.getBytes(ISO_8859_1))).hasSize(text.length());
  }

  @ParameterizedTest
  @ValueSource(strings = {"text,label\rone,a\rtwo,b\r", "a\rb", "text,label\rone,a\r\n"})
  void linesThatEndWithCarriageReturnsAloneAreNamed(String text) {
    refused(
        "x.csv", text.getBytes(UTF_8), ErrorCode.DATA_UNREADABLE, "a carriage return (CR, U+000D)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"text,label\r\none,a\r\n", "text,label\r", "text,label\n\"a\rb\",c\n"})
  void otherCarriageReturnsMayStand(String text) throws IOException {
    assertThat(read("x.csv", text.getBytes(UTF_8))).isEqualTo(text.getBytes(UTF_8));
  }

  @ParameterizedTest
  @CsvSource({
    "'[{\"text\":\"a\"}]', is a JSON array",
    "'\uFEFF\n [\n  {\"text\":\"a\"}\n]', is a JSON array",
    "'{\n  \"text\": \"a\"\n}', holds a JSON object over several lines",
  })
  void jsonThatIsNoJsonLinesIsNamedOnce(String json, String what) throws IOException {
    refused("x.jsonl", json.getBytes(UTF_8), ErrorCode.DATA_UNREADABLE, what);
    refused("x.jsonl", gzip(json.getBytes(UTF_8)), ErrorCode.DATA_UNREADABLE, "one object a line");
    assertThat(read("x.csv", json.getBytes(UTF_8))).isNotEmpty();
  }

  @Test
  void theDigestIsOfAllStoredBytes() throws IOException {
    byte[] file = join(gzip(FIRST), gzip(SECOND));
    MessageDigest digest = Sha256.digest();
    try (InputStream in =
        new DataFile("x", MAX_BYTES, false).open(new ByteArrayInputStream(file), digest)) {
      assertThat(in.readAllBytes()).isNotEmpty();
    }
    assertThat(HexFormat.of().formatHex(digest.digest())).isEqualTo(Sha256.of(file));
  }

  private static byte[] read(String name, byte[] file) throws IOException {
    try (InputStream in =
        new DataFile(name, MAX_BYTES, name.contains("json"))
            .open(new ByteArrayInputStream(file), Sha256.digest())) {
      return in.readAllBytes();
    }
  }

  private static void damaged(byte[] file, String what) {
    assertThatThrownBy(() -> read("x.csv.gz", file)).as(what).isInstanceOf(IOException.class);
  }

  private static void refused(String name, byte[] file, ErrorCode code, String message) {
    assertThatThrownBy(() -> read(name, file))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(message);
  }

  private static byte[] gzip(byte[] bytes) {
    return gzip(bytes, 1);
  }

  private static byte[] gzip(byte[] bytes, int times) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      for (int i = 0; i < times; i++) {
        zip.write(bytes);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
