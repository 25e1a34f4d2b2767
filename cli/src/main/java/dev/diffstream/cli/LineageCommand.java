package dev.diffstream.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.display.LineageText;
import dev.diffstream.cli.file.OutputFile;
import dev.diffstream.cli.option.ConnectionOptions;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Where a version comes from, and whether what says so was changed. */
@Command(
    name = "lineage",
    mixinStandardHelpOptions = true,
    description =
        "Shows where a version comes from: data, base, settings, event, attempts, and the worker's signed statement.",
    footer =
        "Exit code 1 where statement or report were changed, or the statement does not verify.")
final class LineageCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Parameters(index = "0", paramLabel = "TASK")
  private String task = "";

  @Parameters(
      index = "1",
      paramLabel = "VERSION",
      arity = "0..1",
      description = "Default: the champion.")
  private @Nullable Long version;

  @Option(names = "--json", description = "Print the registry's answer as it is.")
  private boolean json;

  @Option(
      names = "--provenance",
      paramLabel = "FILE",
      description = "Write the provenance statement there, byte by byte as it is stored.")
  private @Nullable Path provenance;

  @Override
  public Integer call() {
    OutputFile.expectNoDirectory(provenance);
    HttpJson registry = new HttpJson(options.connection().registryUrl());
    String path = "/v1/tasks/" + HttpJson.encoded(task);
    long number = version == null ? champion(registry.get(path)) : version;
    String ofVersion = path + "/versions/" + number;
    JsonNode lineage = registry.get(ofVersion + "/lineage");
    if (provenance != null) {
      byte[] statement = registry.bytes(ofVersion + "/provenance");
      OutputFile.write(provenance, out -> out.write(statement));
    }
    System.out.print(json ? lineage.toPrettyString() + "\n" : LineageText.of(lineage));
    return LineageText.isIntact(lineage) ? 0 : 1;
  }

  private long champion(JsonNode answer) {
    JsonNode champion = answer.at("/aliases/champion/version");
    if (!champion.isNumber()) {
      throw new DiffstreamException(
          ErrorCode.VERSION_UNKNOWN, "task " + task + " has no champion; name a version");
    }
    return champion.asLong();
  }
}
