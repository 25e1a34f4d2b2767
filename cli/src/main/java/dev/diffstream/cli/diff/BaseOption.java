package dev.diffstream.cli.diff;

import dev.diffstream.base.Base;
import dev.diffstream.base.format.BaseSource;
import dev.diffstream.cli.exchange.DiffOnBase;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.base.BaseDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --base}: the base that the diff files belong to. */
final class BaseOption {
  private static final String MINI_LM = "minilm";

  @Option(
      names = "--base",
      paramLabel = "BASE",
      description =
          "minilm, or a directory in Hugging Face layout or with a TorchScript module: the base that the diff belongs to.")
  private @Nullable String base;

  /** The base of that option, or the one that comes with the product. */
  Base loadOrMiniLm() {
    return load(base == null ? MINI_LM : base);
  }

  /** Empty without the option. The caller closes it. */
  Optional<Base> load() {
    return Optional.ofNullable(base).map(BaseOption::load);
  }

  /** The base's parameters; empty without the option. */
  Optional<BaseDescriptor> describe() {
    return load()
        .map(
            loaded -> {
              try (loaded) {
                return DiffOnBase.describe(loaded);
              }
            });
  }

  /** Where the configuration and the tokeniser of {@link #loadOrMiniLm} lie. */
  BaseSource files() {
    return base == null || base.equals(MINI_LM)
        ? BaseSource.miniLm()
        : BaseSource.directory(Path.of(base));
  }

  private static Base load(String base) {
    if (base.equals(MINI_LM)) {
      return Base.miniLm();
    }
    Path directory = Path.of(base);
    if (!Files.isDirectory(directory)) {
      throw new DiffstreamException(
          ErrorCode.BASE_UNKNOWN,
          "--base %s: expected minilm or a directory, got %s"
              .formatted(base, Files.exists(directory) ? "a file" : "no such directory"));
    }
    return Base.fromDirectory(directory);
  }
}
