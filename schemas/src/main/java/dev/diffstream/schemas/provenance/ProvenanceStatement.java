package dev.diffstream.schemas.provenance;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.run.RunReport;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An in-toto statement v1 with the predicate of SLSA provenance v1: from what a diff was learned,
 * how and by whom. Written once by the worker, {@code runs/<run id>/attempts/<20
 * digits>/provenance.json}; the same content gives the same bytes.
 *
 * @param subject the diff file, alone
 */
public record ProvenanceStatement(
    @JsonProperty("_type") String type,
    List<Resource> subject,
    String predicateType,
    Predicate predicate) {
  public static final String MEDIA_TYPE = "application/vnd.in-toto+json";

  /** Says what the parameters mean: docs/lineage.md. */
  public static final String BUILD_TYPE = "https://diffstream.dev/provenance/learning/v1";

  /** The program that learns; which worker it was stands in the internal parameters. */
  public static final String BUILDER = "https://diffstream.dev/trainer-worker";

  /** How the digest of a base is computed is our own: it is no hash of a file. */
  public static final String BASE_DIGEST = "diffstreamBase";

  public static final String SHA256 = "sha256";

  private static final String STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
  private static final String PREDICATE_TYPE = "https://slsa.dev/provenance/v1";

  public ProvenanceStatement {
    subject = List.copyOf(subject);
  }

  /** What this predicate says of one subject. */
  public static ProvenanceStatement of(Resource subject, Predicate predicate) {
    return new ProvenanceStatement(STATEMENT_TYPE, List.of(subject), PREDICATE_TYPE, predicate);
  }

  /**
   * in-toto's resource descriptor.
   *
   * @param uri RFC 3986
   * @param digest by algorithm, in lower-case hex
   * @param annotations what else is worth knowing of it
   */
  public record Resource(
      @Nullable String name,
      @Nullable String uri,
      Map<String, String> digest,
      @Nullable Map<String, JsonNode> annotations) {
    public Resource {
      digest = Map.copyOf(digest);
      annotations = annotations == null ? null : Map.copyOf(annotations);
    }
  }

  /** SLSA provenance v1. */
  public record Predicate(BuildDefinition buildDefinition, RunDetails runDetails) {}

  /**
   * All that went into it.
   *
   * @param resolvedDependencies base, files of the data set, diffs that it was started from
   */
  public record BuildDefinition(
      String buildType,
      ExternalParameters externalParameters,
      InternalParameters internalParameters,
      List<Resource> resolvedDependencies) {
    public BuildDefinition {
      resolvedDependencies = List.copyOf(resolvedDependencies);
    }
  }

  /**
   * What somebody asked for.
   *
   * @param event the task event
   * @param task its data as it was sent, with fields that the worker does not know
   */
  public record ExternalParameters(EventOrigin event, JsonNode task) {}

  /**
   * What the worker made of it.
   *
   * @param settings every setting as it was resolved
   * @param environment what else the bits of the result depend on
   */
  public record InternalParameters(
      @Nullable String worker,
      @Nullable Map<String, String> settings,
      RunReport.@Nullable Environment environment) {
    public InternalParameters {
      settings = settings == null ? null : Map.copyOf(settings);
    }
  }

  /** This one execution. */
  public record RunDetails(Builder builder, Metadata metadata) {}

  /**
   * Who did it.
   *
   * @param version by component
   */
  public record Builder(String id, @Nullable Map<String, String> version) {
    public Builder {
      version = version == null ? null : Map.copyOf(version);
    }
  }

  /**
   * Which execution it was.
   *
   * @param invocationId {@code <run id>/<attempt>}
   * @param finishedOn when the diff was durable
   */
  public record Metadata(String invocationId, Instant startedOn, Instant finishedOn) {}

  public byte[] write() {
    return Json.write(this);
  }

  /**
   * The statement in {@code bytes}.
   *
   * @param what names the object in the error
   * @throws DiffstreamException INVALID_EVENT if it is no such statement
   */
  public static ProvenanceStatement read(byte[] bytes, String what) {
    ProvenanceStatement statement = Json.read(bytes, ProvenanceStatement.class, what);
    expect(what + ": _type", STATEMENT_TYPE, statement.type());
    expect(what + ": predicateType", PREDICATE_TYPE, statement.predicateType());
    return statement;
  }

  /**
   * Fails with DIGEST_MISMATCH unless its subject is the one file of this SHA-256.
   *
   * @param what names the statement in the error
   */
  public void checkSubject(String digest, String what) {
    List<String> found =
        subject.stream().map(each -> each.digest().getOrDefault(SHA256, "no " + SHA256)).toList();
    if (found.size() != 1 || !digest.equals(found.get(0))) {
      throw new DiffstreamException(
          ErrorCode.DIGEST_MISMATCH,
          what + " is about " + shown(found.toString()) + ", expected the one file " + digest);
    }
  }

  private static void expect(String what, String expected, String found) {
    if (!found.equals(expected)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT, what + ": expected " + expected + ", found " + shown(found));
    }
  }

  private static String shown(String foreign) {
    return Bounded.value(foreign);
  }
}
