package dev.diffstream.cli;

import dev.diffstream.cli.file.MappedFile;
import dev.diffstream.cli.file.OutputFile;
import dev.diffstream.cli.option.ConnectionOptions;
import dev.diffstream.objectstore.S3ObjectStore;
import dev.diffstream.objectstore.SignedDiffs;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.signature.KeyFiles;
import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.schemas.signature.VerificationKey;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Keys, and signatures by hand. */
@Command(
    name = "keys",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Makes keys that diffs are signed with; signs and verifies by hand.",
    subcommands = {
      KeysCommand.Make.class,
      KeysCommand.Sign.class,
      KeysCommand.Verify.class,
      KeysCommand.SignStored.class
    })
final class KeysCommand {
  private static final long MAX_DIFF_BYTES = 256L << 20;

  @Command(
      name = "make",
      mixinStandardHelpOptions = true,
      description =
          "Makes a key pair (ECDSA over P-256) in PEM: signing-key.pem for workers, verification-key.pem for registries and gateways.")
  static final class Make implements Callable<Integer> {
    @Parameters(paramLabel = "DIRECTORY", description = "Where the two files go.")
    private Path directory = Path.of(".");

    @Override
    public Integer call() {
      SigningKey key = usable(() -> KeyFiles.createPair(directory));
      System.out.println("key " + key.verificationKey().id());
      System.out.println("DIFFSTREAM_WORKER_SIGNING_KEY=" + file(KeyFiles.SIGNING_KEY));
      System.out.println("DIFFSTREAM_VERIFICATION_KEYS=" + file(KeyFiles.VERIFICATION_KEY));
      return 0;
    }

    private Path file(String name) {
      return directory.resolve(name).toAbsolutePath().normalize();
    }
  }

  @Command(
      name = "sign",
      mixinStandardHelpOptions = true,
      description = "Writes the signature of a diff file, a model signing v1.0 bundle.")
  static final class Sign implements Callable<Integer> {
    @Option(names = "--key", required = true, paramLabel = "PEM", description = "The private key.")
    private Path key = Path.of("");

    @Option(
        names = "--signature",
        paramLabel = "FILE",
        description = "Where the signature goes (default: the diff's name and .sig).")
    private @Nullable Path signature;

    @Parameters(paramLabel = "DIFF", description = "The file to sign.")
    private Path diff = Path.of("");

    @Override
    public Integer call() {
      SigningKey signingKey = usable(() -> KeyFiles.signingKey(key));
      Path bundle = beside(diff, signature);
      byte[] signed = signingKey.sign(MappedFile.reading(diff, Sha256::of));
      OutputFile.write(bundle, out -> out.write(signed));
      System.out.println("signed by " + signingKey.verificationKey().id() + ": " + bundle);
      return 0;
    }
  }

  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description =
          "Verifies the signature of a diff file. Exit status 0: one of the keys signed it.")
  static final class Verify implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
        names = "--key",
        required = true,
        paramLabel = "PEM",
        description =
            "A public key, or a directory with some in *.pem; may be given several times.")
    private List<Path> keys = List.of();

    @Option(
        names = "--signature",
        paramLabel = "FILE",
        description = "The signature (default: the diff's name and .sig).")
    private @Nullable Path signature;

    @Parameters(paramLabel = "DIFF", description = "The signed file.")
    private Path diff = Path.of("");

    @Override
    public Integer call() {
      TrustedKeys trusted = usable(() -> KeyFiles.trustedKeys(keys));
      Path bundle = beside(diff, signature);
      String digest = MappedFile.reading(diff, Sha256::of);
      VerificationKey by =
          trusted.verify(MappedFile.reading(bundle, KeysCommand::bytes), digest, bundle.toString());
      spec.commandLine().getOut().println("verified: " + diff + " is signed by " + by.id());
      spec.commandLine().getOut().flush();
      return 0;
    }
  }

  @Command(
      name = "sign-stored",
      mixinStandardHelpOptions = true,
      description = {
        "Signs diffs in the object store and puts the signatures beside them: what was learned before there was a key, or before a key was replaced.",
        "Sign only what you know to be yours; digests are in the version objects and in every answer of a gateway."
      })
  static final class SignStored implements Callable<Integer> {
    @Mixin private ConnectionOptions options = new ConnectionOptions();

    @Option(names = "--key", required = true, paramLabel = "PEM", description = "The private key.")
    private Path key = Path.of("");

    @Parameters(paramLabel = "DIGEST", arity = "1..*", description = "64 hex digits each.")
    private List<String> digests = List.of();

    @Override
    public Integer call() {
      SigningKey signingKey = usable(() -> KeyFiles.signingKey(key));
      try (S3ObjectStore store = options.connection().openStore()) {
        for (String digest : digests) {
          expectWhole(store, digest);
          SignedDiffs.put(store, signingKey, digest, signingKey.sign(digest), Map.of());
          System.out.println("signed by " + signingKey.verificationKey().id() + ": " + digest);
        }
      }
      return 0;
    }

    private static void expectWhole(S3ObjectStore store, String digest) {
      String object = ObjectKeys.diff(digest);
      String found =
          store.get(object, MAX_DIFF_BYTES).map(bytes -> Sha256.of(bytes)).orElse("no object");
      if (!found.equals(digest)) {
        throw new DiffstreamException(
            ErrorCode.DIGEST_MISMATCH, object + ": expected SHA-256 " + digest + ", got " + found);
      }
    }
  }

  private static byte[] bytes(ByteBuffer from) {
    byte[] bytes = new byte[from.remaining()];
    from.get(bytes);
    return bytes;
  }

  private static Path beside(Path diff, @Nullable Path signature) {
    return signature != null ? signature : diff.resolveSibling(diff.getFileName() + ".sig");
  }

  /** What is wrong with a key is told in its one sentence. */
  private static <T> T usable(Supplier<T> keys) {
    try {
      return keys.get();
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }
}
