package dev.diffstream.schemas.signature;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import java.util.Base64;
import java.util.Iterator;
import java.util.Set;

/**
 * A JSON object whose fields must be there and of their kind; every fault is SIGNATURE_INVALID and
 * names object, field, expected and found.
 *
 * @param path of the object within the document; empty for the document itself
 */
record Fields(JsonNode node, String what, String path) {
  private static final int LONGEST_QUOTE = 80;

  static Fields parse(byte[] bytes, String what) {
    JsonNode node;
    try {
      node = Json.parse(bytes, what);
    } catch (DiffstreamException e) {
      throw new DiffstreamException(ErrorCode.SIGNATURE_INVALID, e.reason(), e);
    }
    if (!node.isObject()) {
      throw invalid(what, "a JSON object", node.getNodeType());
    }
    return new Fields(node, what, "");
  }

  Fields object(String name) {
    return child(node.path(name), name);
  }

  /** The only element of an array. */
  Fields only(String name) {
    JsonNode array = node.path(name);
    if (!array.isArray() || array.size() != 1) {
      throw fault(name, "an array of one", array.isArray() ? "one of " + array.size() : array);
    }
    return child(array.get(0), name);
  }

  private Fields child(JsonNode child, String name) {
    if (!child.isObject()) {
      throw fault(name, "an object", child);
    }
    return new Fields(child, what, at(name));
  }

  String text(String name) {
    JsonNode value = node.path(name);
    if (!value.isTextual() || value.textValue().isEmpty()) {
      throw fault(name, "a text", value);
    }
    return value.textValue();
  }

  void expect(String name, String expected) {
    String found = text(name);
    if (!found.equals(expected)) {
      throw fault(name, expected, found);
    }
  }

  void expectFlag(String name) {
    if (!node.path(name).isBoolean()) {
      throw fault(name, "true or false", node.path(name));
    }
  }

  /** Standard base64 in its one canonical form, so that no two texts stand for the same bytes. */
  byte[] bytes(String name) {
    String text = text(name);
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      if (Base64.getEncoder().encodeToString(bytes).equals(text)) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      throw fault(name, "base64", text);
    }
    throw fault(name, "base64", text);
  }

  /** No other fields than these. */
  void allowOnly(String... names) {
    Set<String> allowed = Set.of(names);
    Iterator<String> found = node.fieldNames();
    while (found.hasNext()) {
      String name = found.next();
      if (!allowed.contains(name)) {
        throw fault(name, "no such field", node.get(name));
      }
    }
  }

  DiffstreamException fault(String name, Object expected, Object found) {
    return invalid(what + ": " + at(name), expected, found);
  }

  static DiffstreamException invalid(String what, Object expected, Object found) {
    return new DiffstreamException(
        ErrorCode.SIGNATURE_INVALID,
        quoted(what, 400) + ": expected " + expected + ", found " + quoted(found, LONGEST_QUOTE));
  }

  /** What somebody else wrote goes to logs and headers: short, and without control characters. */
  private static String quoted(Object found, int longest) {
    String text =
        found instanceof JsonNode node && node.isMissingNode() ? "none" : String.valueOf(found);
    String plain = text.replaceAll("[^\\x20-\\x7e]", "?");
    return plain.length() <= longest ? plain : plain.substring(0, longest) + "...";
  }

  private String at(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
