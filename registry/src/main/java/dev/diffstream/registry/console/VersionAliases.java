package dev.diffstream.registry.console;

import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The aliases of a version, sorted by name. */
public record VersionAliases(List<String> names) {
  public static VersionAliases of(long version, @Nullable AliasGeneration generation) {
    Map<String, AliasTarget> aliases = generation == null ? Map.of() : generation.aliases();
    return new VersionAliases(
        aliases.entrySet().stream()
            .filter(alias -> alias.getValue().version() == version)
            .map(Map.Entry::getKey)
            .sorted()
            .toList());
  }

  public boolean has(String alias) {
    return names.contains(alias);
  }

  /** For people; empty where it has none. */
  public String text() {
    return String.join(", ", names);
  }

  public boolean champion() {
    return has(AliasGeneration.CHAMPION);
  }
}
