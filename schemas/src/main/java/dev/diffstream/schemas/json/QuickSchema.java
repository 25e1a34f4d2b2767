package dev.diffstream.schemas.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells quickly of most data that fits a JSON Schema that it does. Of data that does not fit, and
 * of what it cannot tell, it says nothing: then the library is asked, which is exact and slower.
 * Immutable.
 */
public final class QuickSchema {
  private static final Set<String> DESCRIBING = Set.of("$schema", "$id", "title", "description");

  /** One keyword; false where the value does not fit it or that cannot be told. */
  private interface Check {
    boolean fits(JsonNode value);
  }

  private static final Check UNSURE = value -> false;

  private final List<Check> checks;

  private QuickSchema(List<Check> checks) {
    this.checks = List.copyOf(checks);
  }

  /**
   * @param schema of draft 2020-12; what it says by keywords that are not known here is never sure
   */
  public static QuickSchema of(JsonNode schema) {
    List<Check> checks = new ArrayList<>();
    if (!schema.isObject()) {
      checks.add(UNSURE);
    }
    for (Map.Entry<String, JsonNode> keyword : schema.properties()) {
      if (!DESCRIBING.contains(keyword.getKey()) && !isPartOfAnother(keyword.getKey())) {
        checks.add(check(keyword.getKey(), keyword.getValue()));
      }
    }
    if (schema.has("properties") || schema.has("additionalProperties")) {
      checks.add(fields(schema.path("properties"), schema.get("additionalProperties")));
    }
    return new QuickSchema(checks);
  }

  private static boolean isPartOfAnother(String keyword) {
    return keyword.equals("properties") || keyword.equals("additionalProperties");
  }

  /** Whether the value fits beyond doubt. */
  public boolean surelyFits(JsonNode value) {
    for (Check check : checks) {
      if (!check.fits(value)) {
        return false;
      }
    }
    return true;
  }

  private static Check check(String keyword, JsonNode says) {
    return switch (keyword) {
      case "type" -> type(says);
      case "required" -> required(says);
      case "propertyNames" -> names(of(says));
      case "anyOf" -> anyOf(says);
      case "enum" -> oneOf(says);
      case "items" -> items(of(says));
      case "pattern" -> pattern(says.asText());
      case "minLength", "maxLength" -> length(keyword, says.asInt());
      case "minItems", "maxItems" -> size(keyword, says.asInt(), true);
      case "maxProperties" -> size(keyword, says.asInt(), false);
      case "minimum", "maximum", "exclusiveMinimum" -> limit(keyword, says.asDouble());
      default -> UNSURE;
    };
  }

  private static Check type(JsonNode says) {
    return switch (says.asText()) {
      case "object" -> JsonNode::isObject;
      case "array" -> JsonNode::isArray;
      case "string" -> JsonNode::isTextual;
      case "number" -> JsonNode::isNumber;
      case "integer" -> JsonNode::isIntegralNumber;
      case "boolean" -> JsonNode::isBoolean;
      default -> UNSURE;
    };
  }

  private static Check required(JsonNode says) {
    List<String> names = new ArrayList<>();
    says.forEach(name -> names.add(name.asText()));
    return value -> names.stream().allMatch(value::has);
  }

  private static Check names(QuickSchema schema) {
    return value -> {
      if (!value.isObject()) {
        return false;
      }
      for (Map.Entry<String, JsonNode> field : value.properties()) {
        if (!schema.surelyFits(TextNode.valueOf(field.getKey()))) {
          return false;
        }
      }
      return true;
    };
  }

  private static Check anyOf(JsonNode says) {
    List<QuickSchema> schemas = new ArrayList<>();
    says.forEach(schema -> schemas.add(of(schema)));
    return value -> schemas.stream().anyMatch(schema -> schema.surelyFits(value));
  }

  private static Check oneOf(JsonNode says) {
    Set<String> texts = new HashSet<>();
    for (JsonNode text : says) {
      if (text.isTextual()) {
        texts.add(text.asText());
      }
    }
    return value -> value.isTextual() && texts.contains(value.asText());
  }

  private static Check items(QuickSchema schema) {
    return value -> {
      if (!value.isArray()) {
        return false;
      }
      for (JsonNode item : value) {
        if (!schema.surelyFits(item)) {
          return false;
        }
      }
      return true;
    };
  }

  /** The whole text must match: dialects of regular expressions differ about its last line. */
  private static Check pattern(String regex) {
    Pattern pattern = Pattern.compile(regex);
    boolean anchored = regex.startsWith("^") && regex.endsWith("$");
    return value -> anchored && value.isTextual() && pattern.matcher(value.asText()).matches();
  }

  /** In code points. */
  private static Check length(String keyword, int limit) {
    boolean least = keyword.equals("minLength");
    return value -> {
      if (!value.isTextual()) {
        return false;
      }
      String text = value.asText();
      int length = text.codePointCount(0, text.length());
      return least ? length >= limit : length <= limit;
    };
  }

  private static Check size(String keyword, int limit, boolean ofArray) {
    boolean least = keyword.startsWith("min");
    return value ->
        (ofArray ? value.isArray() : value.isObject())
            && (least ? value.size() >= limit : value.size() <= limit);
  }

  /** Of numbers that a double holds exactly; others are never sure. */
  private static Check limit(String keyword, double limit) {
    return value -> {
      boolean exact =
          value.isDouble()
              || (value.isIntegralNumber()
                  && value.canConvertToLong()
                  && Math.abs(value.asLong()) <= 1L << 52);
      if (!exact) {
        return false;
      }
      double number = value.asDouble();
      return switch (keyword) {
        case "minimum" -> number >= limit;
        case "maximum" -> number <= limit;
        default -> number > limit;
      };
    };
  }

  private static Check fields(JsonNode properties, @Nullable JsonNode rest) {
    Map<String, QuickSchema> named = new HashMap<>();
    properties.properties().forEach(field -> named.put(field.getKey(), of(field.getValue())));
    QuickSchema others = rest == null || rest.isBoolean() ? null : of(rest);
    boolean noOthers = rest != null && rest.isBoolean() && !rest.asBoolean();
    return value -> {
      if (!value.isObject()) {
        return false;
      }
      for (Map.Entry<String, JsonNode> field : value.properties()) {
        QuickSchema schema = named.get(field.getKey());
        if (schema == null && noOthers) {
          return false;
        }
        QuickSchema asked = schema == null ? others : schema;
        if (asked != null && !asked.surelyFits(field.getValue())) {
          return false;
        }
      }
      return true;
    };
  }
}
