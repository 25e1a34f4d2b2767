package dev.diffstream.registry.outbound;

import dev.diffstream.settings.BadSettingException;
import java.net.URI;

/** Addresses of others in settings. */
public final class HttpAddress {
  private HttpAddress() {}

  /**
   * @param setting that says {@code text}, for the error
   * @throws BadSettingException if it is no address of http or https with a host
   */
  public static URI parse(String setting, String text) {
    try {
      URI address = URI.create(text);
      if (address.getHost() != null
          && ("http".equals(address.getScheme()) || "https".equals(address.getScheme()))) {
        return address;
      }
    } catch (IllegalArgumentException e) {
      // reported below
    }
    throw new BadSettingException(setting, setting + ": expected http addresses, got " + text);
  }
}
