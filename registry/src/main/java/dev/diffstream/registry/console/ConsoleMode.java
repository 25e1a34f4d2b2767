package dev.diffstream.registry.console;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * What the console lets people do.
 *
 * @param readOnly whether nothing can be changed from it
 * @param gateway address of the gateway that it asks for people who try tasks; null: there is none
 * @param gatewayKey the API key that it shows there; null: none
 */
public record ConsoleMode(boolean readOnly, @Nullable URI gateway, @Nullable String gatewayKey) {
  /** A gateway that asks for no key. */
  public ConsoleMode(boolean readOnly, @Nullable URI gateway) {
    this(readOnly, gateway, null);
  }

  /** Nobody can try a task. */
  public static ConsoleMode withoutGateway(boolean readOnly) {
    return new ConsoleMode(readOnly, null);
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "ConsoleMode[readOnly=" + readOnly + ", gateway=" + gateway + "]";
  }
}
