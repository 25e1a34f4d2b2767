package dev.diffstream.cli.diff;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.Connection;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.file.OutputFile;
import dev.diffstream.cli.option.ConnectionOptions;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.TaskId;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A diff file out of a deployment's object store. */
@Command(
    name = "fetch",
    mixinStandardHelpOptions = true,
    description =
        "Fetches the diff that serves a task, another version of it, or the one of a digest, and its signatures.")
final class FetchCommand implements Callable<Integer> {
  private static final long MAX_BYTES = 1L << 31;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Parameters(paramLabel = "TASK|DIGEST", description = "A task's id, or 64 hex digits.")
  private String named = "";

  @Option(
      names = "--task-version",
      paramLabel = "N",
      description = "Of the task (default: the one that serves).")
  private @Nullable Long version;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Default: the task or digest with .safetensors. Signatures get .sig behind it.")
  private @Nullable Path out;

  @Override
  public Integer call() {
    Connection connection = options.connection();
    Path file = out == null ? Path.of(named + ".safetensors") : out;
    OutputFile.expectNoDirectory(file);
    String digest = Sha256.isValid(named) ? named : digest(new HttpJson(connection.registryUrl()));
    PrintWriter print = spec.commandLine().getOut();
    try (ObjectStore store = connection.openStore()) {
      byte[] bytes = checked(store, digest);
      OutputFile.write(file, content -> content.write(bytes));
      print.println("wrote " + file + ", " + bytes.length + " bytes");
      print.println("sha256 " + digest);
      fetchSignatures(store, digest, file, print);
    }
    print.flush();
    return 0;
  }

  private String digest(HttpJson registry) {
    String task = "/v1/tasks/" + new TaskId(named).value();
    if (version == null) {
      JsonNode champion = registry.get(task).path("aliases").path("champion");
      if (!champion.hasNonNull("digest")) {
        throw new DiffstreamException(
            ErrorCode.VERSION_UNKNOWN, "no version of task " + named + " serves yet");
      }
      return champion.path("digest").asText();
    }
    return registry.get(task + "/versions/" + version).path("digest").asText();
  }

  private static byte[] checked(ObjectStore store, String digest) {
    byte[] bytes =
        store
            .get(ObjectKeys.diff(digest), MAX_BYTES)
            .orElseThrow(
                () ->
                    new DiffstreamException(
                        ErrorCode.VERSION_UNKNOWN, "the store has no diff " + digest));
    String actual = Sha256.of(bytes);
    if (!actual.equals(digest)) {
      throw new DiffstreamException(
          ErrorCode.DIGEST_MISMATCH, "expected bytes of digest " + digest + ", got " + actual);
    }
    return bytes;
  }

  /** The first beside the file, where {@code keys verify} looks; more of them numbered. */
  private static void fetchSignatures(
      ObjectStore store, String digest, Path file, PrintWriter print) {
    int count = 0;
    for (String key : store.list(ObjectKeys.diff(digest) + ".").sorted().toList()) {
      count++;
      Path to =
          file.resolveSibling(file.getFileName() + (count == 1 ? ".sig" : "." + count + ".sig"));
      byte[] signature = store.get(key, MAX_BYTES).orElseThrow();
      OutputFile.write(to, content -> content.write(signature));
      print.println("wrote " + to + ", the signature by key " + keyId(key));
    }
  }

  private static String keyId(String key) {
    return key.substring(key.indexOf('.') + 1, key.length() - ".sig".length());
  }
}
