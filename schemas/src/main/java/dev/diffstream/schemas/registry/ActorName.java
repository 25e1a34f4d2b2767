package dev.diffstream.schemas.registry;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Who asks for something: a person or a program, by the name that they give. Nothing verifies it.
 *
 * @param text 1 to {@link #MAX_CHARS} visible ASCII characters, with single spaces inside; never
 *     {@link Move#REGISTRY}, the actor of what the registry does by itself
 */
public record ActorName(String text) {
  /** The request header of HTTP, and the metadata of gRPC, that carry it. */
  public static final String HEADER = "Diffstream-Actor";

  public static final int MAX_CHARS = 256;

  private static final Pattern FORM = Pattern.compile("[!-~]+( [!-~]+)*");

  /** Who gives no name. */
  public static final ActorName ANONYMOUS = new ActorName("anonymous");

  private static final String EXPECTED =
      HEADER + " must be 1 to " + MAX_CHARS + " visible ASCII characters with single spaces inside";

  /** INVALID_REQUEST for a name of another form. */
  public ActorName {
    if (text.length() > MAX_CHARS) {
      throw invalid(EXPECTED + ", got " + text.length() + " characters");
    }
    if (!FORM.matcher(text).matches()) {
      throw invalid(EXPECTED + ", got: " + Bounded.value(printable(text)));
    }
    if (text.equals(Move.REGISTRY)) {
      throw invalid(HEADER + " must not be " + Move.REGISTRY + ": that is the registry itself");
    }
  }

  /**
   * Who asks, as all headers {@link #HEADER} of a request say: {@link #ANONYMOUS} without one,
   * INVALID_REQUEST for more than one, as for a name of another form.
   */
  public static ActorName ofHeaders(List<String> names) {
    if (names.size() > 1) {
      throw invalid(HEADER + " must stand once in a request, got " + names.size());
    }
    return names.isEmpty() ? ANONYMOUS : new ActorName(names.get(0));
  }

  /** The name of a user of the operating system; characters of no actor's name become {@code _}. */
  public static ActorName ofUser(String user) {
    String text = printable(user.strip()).replace(' ', '_');
    if (text.isEmpty() || text.equals(Move.REGISTRY)) {
      return ANONYMOUS;
    }
    return new ActorName(text.substring(0, Math.min(text.length(), MAX_CHARS)));
  }

  private static String printable(String text) {
    return text.replaceAll("[^ -~]", "_");
  }

  private static DiffstreamException invalid(String message) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message);
  }

  @Override
  public String toString() {
    return text;
  }
}
