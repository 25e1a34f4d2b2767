package dev.diffstream.schemas.signature;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.schemas.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * A Sigstore bundle v0.3 with a DSSE envelope, signed by a key: no certificate, no log entry. All
 * fields outside the statement are unsigned, so only the known ones may stand there.
 *
 * @param keyId the hint: which key is said to have signed
 * @param statement the bytes that were signed
 * @param signature DER
 */
record Bundle(String keyId, byte[] statement, byte[] signature) {
  /** Larger objects are refused before they are parsed. */
  static final int MAX_BYTES = 64 << 10;

  private static final String MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

  byte[] write() {
    Base64.Encoder base64 = Base64.getEncoder();
    ObjectNode bundle = JsonNodeFactory.instance.objectNode();
    bundle.put("mediaType", MEDIA_TYPE);
    ObjectNode material = bundle.putObject("verificationMaterial");
    material.putObject("publicKey").put("hint", keyId);
    material.putArray("tlogEntries");
    ObjectNode envelope = bundle.putObject("dsseEnvelope");
    envelope.put("payload", base64.encodeToString(statement));
    envelope.put("payloadType", Statement.PAYLOAD_TYPE);
    ObjectNode signed = envelope.putArray("signatures").addObject();
    signed.put("sig", base64.encodeToString(signature));
    signed.put("keyid", "");
    return Json.write(bundle);
  }

  /** Fails with SIGNATURE_INVALID; {@code what} names the object. Nothing is verified here. */
  static Bundle parse(byte[] bytes, String what) {
    if (bytes.length > MAX_BYTES) {
      throw Fields.invalid(what, "at most " + MAX_BYTES + " bytes", bytes.length);
    }
    Fields bundle = Fields.parse(bytes, what);
    bundle.allowOnly("mediaType", "verificationMaterial", "dsseEnvelope");
    bundle.expect("mediaType", MEDIA_TYPE);
    Fields envelope = bundle.object("dsseEnvelope");
    envelope.allowOnly("payload", "payloadType", "signatures");
    envelope.expect("payloadType", Statement.PAYLOAD_TYPE);
    Fields signed = envelope.only("signatures");
    signed.allowOnly("sig", "keyid");
    String keyId = keyId(bundle.object("verificationMaterial"));
    JsonNode repeated = signed.node().path("keyid");
    if (!repeated.isMissingNode() && !repeated.asText().isEmpty()) {
      signed.expect("keyid", keyId);
    }
    return new Bundle(keyId, envelope.bytes("payload"), signed.bytes("sig"));
  }

  private static String keyId(Fields material) {
    material.allowOnly("publicKey", "tlogEntries");
    JsonNode entries = material.node().path("tlogEntries");
    if (!entries.isMissingNode() && !(entries.isArray() && entries.isEmpty())) {
      throw material.fault("tlogEntries", "none with a key", entries);
    }
    Fields key = material.object("publicKey");
    key.allowOnly("hint");
    return key.text("hint");
  }

  /** Fails with SIGNATURE_INVALID unless {@code key} signed a statement about this digest. */
  void verify(VerificationKey key, String digest, String what) {
    if (!keyId.equals(key.id())) {
      throw Fields.invalid(what, "a signature by key " + key.id(), "one by key " + keyId);
    }
    if (!key.verifies(preAuthenticationEncoding(statement), signature)) {
      throw Fields.invalid(what, "a signature by key " + key.id(), "one that does not verify");
    }
    Statement.check(statement, digest, what);
  }

  /** What DSSE signs in place of a payload: its type, its length and itself. */
  static byte[] preAuthenticationEncoding(byte[] payload) {
    String type = Statement.PAYLOAD_TYPE;
    byte[] head =
        ("DSSEv1 " + type.length() + " " + type + " " + payload.length + " ")
            .getBytes(StandardCharsets.US_ASCII);
    byte[] all = java.util.Arrays.copyOf(head, head.length + payload.length);
    System.arraycopy(payload, 0, all, head.length, payload.length);
    return all;
  }
}
