package dev.diffstream.schemas.signature;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.json.Json;
import java.util.Base64;

/**
 * An in-toto statement in a DSSE envelope with one signature. The key is not named in it: verifiers
 * that go by another form of key ids pass over signatures with ids that they do not know.
 *
 * @param statement the bytes that were signed
 * @param signature DER
 */
public record SignedStatement(byte[] statement, byte[] signature) {
  public static final String MEDIA_TYPE = "application/vnd.dsse.envelope.v1+json";

  /**
   * The envelope of {@code statement}, signed by {@code key}. Each call gives other bytes, since
   * ECDSA takes a fresh random number.
   */
  public static byte[] sign(byte[] statement, SigningKey key) {
    return new SignedStatement(statement, key.bundle(statement).signature()).write();
  }

  byte[] write() {
    Base64.Encoder base64 = Base64.getEncoder();
    ObjectNode envelope = JsonNodeFactory.instance.objectNode();
    envelope.put("payload", base64.encodeToString(statement));
    envelope.put("payloadType", Statement.PAYLOAD_TYPE);
    ObjectNode signed = envelope.putArray("signatures").addObject();
    signed.put("sig", base64.encodeToString(signature));
    signed.put("keyid", "");
    return Json.write(envelope);
  }

  /** Whether this JSON object is an envelope rather than a bare statement. */
  public static boolean isEnvelope(JsonNode object) {
    return object.has("payload") && object.has("signatures");
  }

  /**
   * Nothing is verified here.
   *
   * @param what names the object in the error
   * @throws DiffstreamException SIGNATURE_INVALID if it is no such envelope
   */
  public static SignedStatement parse(byte[] bytes, String what) {
    Fields envelope = Fields.parse(bytes, what);
    envelope.allowOnly("payload", "payloadType", "signatures");
    envelope.expect("payloadType", Statement.PAYLOAD_TYPE);
    Fields signed = envelope.only("signatures");
    signed.allowOnly("sig", "keyid");
    return new SignedStatement(envelope.bytes("payload"), signed.bytes("sig"));
  }

  /** Whether {@code key} signed exactly these bytes. */
  public boolean isSignedBy(VerificationKey key) {
    return key.verifies(Bundle.preAuthenticationEncoding(statement), signature);
  }
}
