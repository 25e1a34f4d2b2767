package dev.diffstream.registry.lineage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.registry.lineage.Lineage.ProvenanceCheck;
import dev.diffstream.registry.lineage.Lineage.ProvenanceCheck.State;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.provenance.ProvenanceStatement;
import dev.diffstream.schemas.provenance.ProvenanceStatement.ExternalParameters;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.signature.SignedStatement;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.schemas.signature.VerificationKey;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A provenance statement as the bucket holds it, signed or bare. Whatever stands there, a check is
 * an answer and no failure.
 */
public record StoredStatement(String key, byte[] bytes) {
  /** A larger object is not read: it is not one of ours. */
  static final long MAX_BYTES = 8 << 20;

  /** What was found, and the task event that a good statement tells of. */
  record Checked(ProvenanceCheck check, @Nullable JsonNode task) {}

  /** Of the envelope or of the statement; that of plain bytes where it is neither. */
  public String mediaType() {
    try {
      JsonNode object = Json.parse(bytes, key);
      if (SignedStatement.isEnvelope(object)) {
        return SignedStatement.MEDIA_TYPE;
      }
      return object.has("_type") ? ProvenanceStatement.MEDIA_TYPE : "application/octet-stream";
    } catch (DiffstreamException notJson) {
      return "application/octet-stream";
    }
  }

  /**
   * @param report of the attempt; null: there is none to compare with
   */
  Checked check(VersionRecord version, @Nullable RunReport report, TrustedKeys keys) {
    LineageProvenanceCheckBuilder check =
        LineageProvenanceCheckBuilder.builder()
            .key(key)
            .mediaType(mediaType())
            .bytes(bytes.length)
            .digest(Sha256.of(bytes));
    try {
      checkUnchanged(report);
      Optional<SignedStatement> signed = signed();
      ProvenanceStatement statement =
          ProvenanceStatement.read(signed.map(SignedStatement::statement).orElse(bytes), key);
      checkIsOf(version, statement);
      checkSignature(check, signed, keys);
      ExternalParameters asked = statement.predicate().buildDefinition().externalParameters();
      return new Checked(check.build(), asked.task());
    } catch (DiffstreamException e) {
      return new Checked(check.state(State.INVALID).problem(e.reason()).build(), null);
    }
  }

  private Optional<SignedStatement> signed() {
    return mediaType().equals(SignedStatement.MEDIA_TYPE)
        ? Optional.of(SignedStatement.parse(bytes, key))
        : Optional.empty();
  }

  private void checkUnchanged(@Nullable RunReport report) {
    String expected = report == null ? null : report.provenance();
    String found = Sha256.of(bytes);
    if (expected != null && !expected.equals(found)) {
      throw new DiffstreamException(
          ErrorCode.DIGEST_MISMATCH,
          key + " was changed: the report names SHA-256 " + expected + ", it has " + found);
    }
  }

  private void checkIsOf(VersionRecord version, ProvenanceStatement statement) {
    statement.checkSubject(version.digest(), key);
    String expected = version.runId() + "/" + version.attempt();
    String found = statement.predicate().runDetails().metadata().invocationId();
    if (!found.equals(expected)) {
      throw new DiffstreamException(
          ErrorCode.DIGEST_MISMATCH,
          key + " is of another run: expected " + expected + ", found " + shown(found));
    }
  }

  private static void checkSignature(
      LineageProvenanceCheckBuilder check, Optional<SignedStatement> signed, TrustedKeys keys) {
    if (signed.isEmpty()) {
      check.state(State.UNSIGNED);
      if (!keys.keys().isEmpty()) {
        check.problem("it is not signed, though diffs must be");
      }
    } else if (keys.keys().isEmpty()) {
      check.state(State.UNCHECKED).problem("no verification keys are set");
    } else {
      VerificationKey key =
          keys.keys().stream()
              .filter(signed.get()::isSignedBy)
              .findFirst()
              .orElseThrow(
                  () ->
                      new DiffstreamException(
                          ErrorCode.SIGNATURE_INVALID,
                          "expected a signature by one of the keys " + keys.keys()));
      check.state(State.VERIFIED).keyId(key.id());
    }
  }

  private static String shown(String foreign) {
    return Bounded.value(foreign);
  }
}
