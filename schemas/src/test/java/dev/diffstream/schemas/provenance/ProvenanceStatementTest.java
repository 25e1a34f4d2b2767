package dev.diffstream.schemas.provenance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.provenance.ProvenanceStatement.BuildDefinition;
import dev.diffstream.schemas.provenance.ProvenanceStatement.Builder;
import dev.diffstream.schemas.provenance.ProvenanceStatement.ExternalParameters;
import dev.diffstream.schemas.provenance.ProvenanceStatement.InternalParameters;
import dev.diffstream.schemas.provenance.ProvenanceStatement.Metadata;
import dev.diffstream.schemas.provenance.ProvenanceStatement.Predicate;
import dev.diffstream.schemas.provenance.ProvenanceStatement.Resource;
import dev.diffstream.schemas.provenance.ProvenanceStatement.RunDetails;
import dev.diffstream.schemas.run.RunReport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The bytes of a statement, both ways. To make the golden again after an intended change: {@code
 * mvn test -pl schemas -Dtest=ProvenanceStatementTest -Dgoldens.write=true}.
 */
class ProvenanceStatementTest {
  private static final String GOLDEN = "/v1/provenance/statement.json";
  private static final String DIFF = "ab".repeat(32);
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  static ProvenanceStatement statement() {
    String task =
        "{\"taskId\":\"support-topic\",\"objective\":\"classification\",\"data\":"
            + "{\"train\":\"tasks/support-topic/data/größer.csv\"},\"density\":0.005,\"remark\":null}";
    BuildDefinition definition =
        new BuildDefinition(
            ProvenanceStatement.BUILD_TYPE,
            new ExternalParameters(
                new EventOrigin("/shop", "e-1", "diffstream.tasks/0/7"),
                Json.parse(task.getBytes(UTF_8), "task")),
            new InternalParameters(
                "worker-0",
                Map.of("seed", "42", "density", "0.005", "method", "diff-pruning"),
                new RunReport.Environment("0.1.0", "build-0123456789abcdef", "cpu", 4, 8)),
            List.of(
                new Resource(
                    "base",
                    null,
                    Map.of(ProvenanceStatement.BASE_DIGEST, "cd".repeat(32)),
                    Map.of(
                        "name", TextNode.valueOf("minilm"),
                        "inputDigest", TextNode.valueOf("ef".repeat(32)))),
                new Resource(
                    "train",
                    "s3://diffstream/tasks/support-topic/data/gr%C3%B6%C3%9Fer.csv",
                    Map.of("sha256", "01".repeat(32)),
                    Map.of("bytes", LongNode.valueOf(4711), "rows", LongNode.valueOf(100))),
                new Resource(
                    ObjectKeys.diff("23".repeat(32)),
                    null,
                    Map.of("sha256", "23".repeat(32)),
                    null)));
    RunDetails details =
        new RunDetails(
            new Builder(
                ProvenanceStatement.BUILDER,
                Map.of("diffstream", "0.1.0", "program", "build-0123456789abcdef")),
            new Metadata("run-1/2", NOON, NOON.plusSeconds(32)));
    return ProvenanceStatement.of(
        new Resource(ObjectKeys.diff(DIFF), null, Map.of("sha256", DIFF), null),
        new Predicate(definition, details));
  }

  @Test
  void bytesAreTheGolden() throws IOException {
    byte[] bytes = statement().write();
    if (Boolean.getBoolean("goldens.write")) {
      Files.write(Path.of("src/test/resources" + GOLDEN), bytes);
    }
    byte[] golden = golden();
    assertThat(new String(bytes, UTF_8)).isEqualTo(new String(golden, UTF_8));
    assertThat(ProvenanceStatement.read(golden, GOLDEN).write()).isEqualTo(golden);
  }

  @Test
  void theSubjectMustBeTheOneFile() throws IOException {
    ProvenanceStatement statement = ProvenanceStatement.read(golden(), GOLDEN);
    statement.checkSubject(DIFF, GOLDEN);
    assertThatThrownBy(() -> statement.checkSubject("cd".repeat(32), GOLDEN))
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH))
        .hasMessageContaining(DIFF)
        .hasMessageContaining("cd".repeat(32));
    String two = text().replace("\"subject\":[", "\"subject\":[{\"digest\":{\"x\":\"y\"}},");
    ProvenanceStatement ofTwo = ProvenanceStatement.read(two.getBytes(UTF_8), GOLDEN);
    assertThatThrownBy(() -> ofTwo.checkSubject(DIFF, GOLDEN))
        .isInstanceOf(DiffstreamException.class);
  }

  /** What is found, and what stands there instead. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https://in-toto.io/Statement/v1 | https://in-toto.io/Statement/v0.1",
        "https://slsa.dev/provenance/v1 | https://model_signing/signature/v1.0",
        "\"buildType\" | \"buildKind\"",
        "\"invocationId\":\"run-1/2\" | \"invocationId\":[7]",
        "\"startedOn\":\"2026 | \"startedOn\":\"yesterday 2026",
        "{\"sha256\": | {\"sha256\":null,\"sha255\":",
        "\"subject\":[ | \"subject\":[null,",
      })
  void whatIsNoSuchStatementIsInvalid(String found, String instead) throws IOException {
    String broken = text().replace(found.strip(), instead.strip());
    assertThat(broken).isNotEqualTo(text());
    assertThatThrownBy(() -> ProvenanceStatement.read(broken.getBytes(UTF_8), "the object"))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_EVENT))
        .hasMessageContaining("the object");
  }

  @Test
  void fieldsOfANewerProgramAreIgnored() throws IOException {
    String newer = text().replaceFirst("\\{", "{\"fromTheFuture\":[1],");
    assertThat(ProvenanceStatement.read(newer.getBytes(UTF_8), GOLDEN).write()).isEqualTo(golden());
  }

  private static String text() throws IOException {
    return new String(golden(), UTF_8);
  }

  private static byte[] golden() throws IOException {
    try (InputStream in = ProvenanceStatementTest.class.getResourceAsStream(GOLDEN)) {
      assertThat(in).as(GOLDEN).isNotNull();
      return in.readAllBytes();
    }
  }
}
