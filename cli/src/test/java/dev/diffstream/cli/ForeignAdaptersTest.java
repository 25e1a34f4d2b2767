package dev.diffstream.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Adapter directories of other people's making. */
class ForeignAdaptersTest extends DiffCommands {
  private static final String QUERY = "encoder.layer.0.attention.self.query";
  private static final String FORMAT = "\"__metadata__\":{\"format\":\"pt\"},";

  @Test
  void aRightAdapterIsImported() throws IOException {
    assertImported(adapter("plain", "SHIRA", FORMAT + sparse("base_model.model." + QUERY, 16)));
  }

  @Test
  void aFamilyBetweenPrefixAndNameIsPassedOver() throws IOException {
    assertImported(
        adapter("family", "SHIRA", FORMAT + sparse("base_model.model.bert." + QUERY, 16)));
  }

  @Test
  void anAdapterOfAnotherTypeIsRefusedByItsType() throws IOException {
    String tensors = FORMAT + low(QUERY + ".lora_A.weight");
    assertRefused(adapter("lora", "LORA", tensors), "UNSUPPORTED_VERSION", "SHIRA", "LORA");
  }

  @Test
  void tensorsOfAnotherTypeAreNamed() throws IOException {
    String tensors = FORMAT + low("base_model.model." + QUERY + ".lora_A.weight");
    assertRefused(
        adapter("lora-called-shira", "SHIRA", tensors), "BASE_MISMATCH", QUERY + ".lora_A.weight");
  }

  @Test
  void aDoubledPrefixIsNamed() throws IOException {
    String tensors = FORMAT + sparse("base_model.model.base_model.model." + QUERY, 16);
    assertRefused(
        adapter("doubled", "SHIRA", tensors), "BASE_MISMATCH", "base_model.model." + QUERY);
  }

  @Test
  void aHeadAmongTheModulesIsNamed() throws IOException {
    String tensors = FORMAT + low("base_model.model.classifier.weight");
    assertRefused(adapter("head", "SHIRA", tensors), "BASE_MISMATCH", "classifier.weight");
  }

  @Test
  void metadataMayBeMissing() throws IOException {
    assertImported(adapter("none", "SHIRA", sparse("base_model.model." + QUERY, 16)));
  }

  @Test
  void metadataThatIsNoTextIsImportedOrNamed() throws IOException {
    String tensors =
        "\"__metadata__\":{\"format\":\"pt\",\"rank\":2},"
            + sparse("base_model.model." + QUERY, 16);
    Outcome outcome = bring(adapter("number", "SHIRA", tensors));
    if (outcome.status() != 0) {
      assertThat(outcome.err()).startsWith("MALFORMED_DIFF").contains("__metadata__");
    }
  }

  @Test
  void aGapBetweenTensorsIsNamed() throws IOException {
    String tensors = FORMAT + sparse("base_model.model." + QUERY, 24);
    assertRefused(adapter("gap", "SHIRA", tensors), "MALFORMED_DIFF", "offset");
  }

  /** Two positions and values; the values begin at {@code offset}, which is 16 without a gap. */
  private static String sparse(String module, int offset) {
    return "\"%s.shira_indices\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0,16]},\"%s.shira_weight\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]}"
        .formatted(module, module, offset, offset + 8);
  }

  private static String low(String name) {
    return "\"%s\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}".formatted(name);
  }

  private Path adapter(String name, String type, String tensors) throws IOException {
    Path adapter = Files.createDirectories(directory.resolve(name));
    Files.writeString(
        adapter.resolve("adapter_config.json"), "{\"peft_type\":\"" + type + "\",\"r\":2}");
    byte[] header = ("{" + tensors + "}").getBytes(UTF_8);
    int data = tensors.contains("[24,32]") ? 32 : 24;
    ByteBuffer file = ByteBuffer.allocate(8 + header.length + data).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(header.length).put(header).putInt(0).putInt(1).putInt(1).putInt(0);
    file.position(file.capacity() - 8).putFloat(0.5f).putFloat(-0.25f);
    Files.write(adapter.resolve("adapter_model.safetensors"), file.array());
    return adapter;
  }

  private Outcome bring(Path adapter) {
    Path source = diff(3, ALL);
    Path head = directory.resolve("head-of-" + adapter.getFileName() + ".safetensors");
    export(source, "safetensors", head);
    return run(
        "diff",
        "import",
        adapter.toString(),
        "--format",
        "peft-shira",
        "--base",
        BASE,
        "--head",
        head.toString(),
        "--task",
        "mine",
        "--objective",
        "classification",
        "--labels",
        "x,y,z",
        "--data-digest",
        "ab".repeat(32),
        "--max-tokens",
        "12",
        "--out",
        out(adapter).toString());
  }

  private Path out(Path adapter) {
    return directory.resolve("imported-" + adapter.getFileName());
  }

  private void assertImported(Path adapter) {
    Outcome outcome = bring(adapter);
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.status()).isZero();
    assertThat(read(out(adapter)).tensors()).hasSize(1);
  }

  private void assertRefused(Path adapter, String code, String... says) {
    Outcome outcome = bring(adapter);
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err()).startsWith(code + ": ").contains(says).hasLineCount(1);
    assertThat(out(adapter)).doesNotExist();
  }
}
