package dev.diffstream.schemas.signature;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.json.Json;
import java.util.HexFormat;

/**
 * The in-toto statement v1 that is signed: model signing v1.0 of a model that is one file. The file
 * itself is the resource {@code "."}; the subject's digest is SHA-256 over the digests of all
 * resources, here of the file's one.
 */
final class Statement {
  static final String PAYLOAD_TYPE = "application/vnd.in-toto+json";

  private static final String TYPE = "https://in-toto.io/Statement/v1";
  private static final String PREDICATE_TYPE = "https://model_signing/signature/v1.0";
  private static final String THE_FILE = ".";
  private static final String SHA256 = "sha256";

  private Statement() {}

  /** The statement about the file of this digest; named by its digest, as its object is. */
  static byte[] write(String digest) {
    if (!Sha256.isValid(digest)) {
      throw new DiffstreamException(
          ErrorCode.DIGEST_MISMATCH,
          "a digest is 64 lower-case hex digits of SHA-256, got: " + digest);
    }
    ObjectNode statement = JsonNodeFactory.instance.objectNode();
    statement.put("_type", TYPE);
    ObjectNode subject = statement.putArray("subject").addObject();
    subject.put("name", digest);
    subject.putObject("digest").put(SHA256, subjectDigest(digest));
    statement.put("predicateType", PREDICATE_TYPE);
    ObjectNode predicate = statement.putObject("predicate");
    ObjectNode serialization = predicate.putObject("serialization");
    serialization.put("method", "files");
    serialization.put("hash_type", SHA256);
    serialization.put("allow_symlinks", false);
    ObjectNode resource = predicate.putArray("resources").addObject();
    resource.put("name", THE_FILE);
    resource.put("algorithm", SHA256);
    resource.put("digest", digest);
    return Json.write(statement);
  }

  /**
   * Fails with SIGNATURE_INVALID unless {@code statement} is about the one file of this digest.
   * Fields that the predicate's specification does not name are ignored, as it asks.
   */
  static void check(byte[] statement, String digest, String what) {
    Fields fields = Fields.parse(statement, what + ": its statement");
    fields.expect("_type", TYPE);
    fields.expect("predicateType", PREDICATE_TYPE);
    Fields subject = fields.only("subject");
    subject.text("name");
    Fields predicate = fields.object("predicate");
    Fields serialization = predicate.object("serialization");
    serialization.expect("method", "files");
    serialization.expect("hash_type", SHA256);
    serialization.expectFlag("allow_symlinks");
    Fields resource = predicate.only("resources");
    resource.expect("name", THE_FILE);
    resource.expect("algorithm", SHA256);
    resource.expect("digest", digest);
    subject.object("digest").expect(SHA256, subjectDigest(digest));
  }

  private static String subjectDigest(String digest) {
    return Sha256.of(HexFormat.of().parseHex(digest));
  }
}
