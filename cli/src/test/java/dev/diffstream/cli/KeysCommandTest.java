package dev.diffstream.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.Sha256;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class KeysCommandTest {
  private final StringWriter err = new StringWriter();
  private final StringWriter out = new StringWriter();
  private final CommandLine commandLine =
      Main.commandLine().setErr(new PrintWriter(err)).setOut(new PrintWriter(out));

  @Test
  void aFileIsSignedAndVerifiedByHand(@TempDir Path directory) throws IOException {
    String secret = directory.resolve("signing-key.pem").toString();
    String open = directory.resolve("verification-key.pem").toString();
    Path diff = Files.writeString(directory.resolve("diff"), "a diff");
    assertThat(run("keys", "make", directory.toString())).isZero();
    assertThat(run("keys", "sign", "--key", secret, diff.toString())).isZero();
    assertThat(directory.resolve("diff.sig")).isRegularFile();
    assertThat(run("keys", "verify", "--key", open, diff.toString())).isZero();
    assertThat(run("keys", "verify", "--key", directory.toString(), diff.toString())).isZero();
    assertThat(out.toString()).contains(Sha256.of(Files.readString(Path.of(open))));

    Files.writeString(diff, "another diff");
    assertThat(run("keys", "verify", "--key", open, diff.toString())).isEqualTo(1);
    assertThat(err.toString()).startsWith("SIGNATURE_INVALID").contains("diff.sig");
  }

  @Test
  void noKeyIsOverwrittenAndBadOnesAreNamed(@TempDir Path directory) throws IOException {
    Path keys = directory.resolve("keys");
    assertThat(run("keys", "make", keys.toString())).isZero();
    String before = Files.readString(keys.resolve("signing-key.pem"));
    assertThat(run("keys", "make", keys.toString())).isEqualTo(1);
    assertThat(Files.readString(keys.resolve("signing-key.pem"))).isEqualTo(before);
    assertThat(err.toString()).contains("there already");
    String open = keys.resolve("verification-key.pem").toString();
    assertThat(run("keys", "sign", "--key", open, open)).isEqualTo(1);
    assertThat(err.toString()).contains("found [PUBLIC KEY]").doesNotContain("\tat ");
    assertThat(run("keys")).isEqualTo(2);
  }

  @Test
  void filesThatAreNotThereAreNamedInOneLine(@TempDir Path directory) throws IOException {
    String secret = directory.resolve("signing-key.pem").toString();
    String open = directory.resolve("verification-key.pem").toString();
    Path diff = Files.writeString(directory.resolve("diff"), "a diff");
    assertThat(run("keys", "make", directory.toString())).isZero();
    refused("diff.sig: no such file", "verify", "--key", open, diff.toString());
    refused("none: no such file", "verify", "--key", open, "--signature", "none", diff.toString());
    refused("got a directory", "sign", "--key", secret, directory.toString());
    refused("none cannot be read: no such file", "sign", "--key", "none", diff.toString());
    String folder = directory.toString();
    String[] sign = {"sign", "--key", secret, "--signature", folder, diff.toString()};
    refused(2, "INVALID_REQUEST: cannot write " + folder, sign);
  }

  private void refused(String message, String... arguments) {
    refused(1, message, arguments);
  }

  private void refused(int status, String message, String... arguments) {
    err.getBuffer().setLength(0);
    assertThat(run(DiffCommands.append(new String[] {"keys"}, arguments))).isEqualTo(status);
    assertThat(err.toString()).contains(message).doesNotContain("Exception").hasLineCount(1);
  }

  private int run(String... arguments) {
    return commandLine.execute(arguments);
  }
}
