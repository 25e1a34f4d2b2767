package dev.diffstream.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.cli.client.Connection;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class CommandLineTest {
  static Stream<String> commands() {
    return Main.commandLine().getSubcommands().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandExplainsItself(String command) {
    StringWriter out = new StringWriter();
    assertThat(Main.commandLine().setOut(new PrintWriter(out)).execute(command, "--help")).isZero();
    assertThat(out.toString()).contains("Usage: diffstream " + command);
  }

  @Test
  void badUseIsAnErrorOfItsOwn() {
    StringWriter err = new StringWriter();
    CommandLine commandLine = Main.commandLine().setErr(new PrintWriter(err));
    assertThat(commandLine.execute("submit", "my-task")).isEqualTo(2);
    assertThat(err.toString()).contains("--data");
    assertThat(err.toString()).hasLineCount(2).endsWith("see 'diffstream submit --help'\n");
    assertThat(commandLine.execute("dance")).isEqualTo(2);
    assertThat(commandLine.execute("diff")).isEqualTo(2);
    assertThat(err.toString()).contains("Missing required subcommand", "inspect", "export");
    assertThat(commandLine.execute("difff")).isEqualTo(2);
    assertThat(err.toString()).contains("Did you mean", "diffstream diff");
  }

  @Test
  void aTaskIsCheckedBeforeAnythingIsSent(@TempDir Path directory) {
    StringWriter err = new StringWriter();
    CommandLine commandLine = Main.commandLine().setErr(new PrintWriter(err));
    String[] submit = {
      "submit", "t", "--data", "rows.csv", "--data-dir", directory.toString(), "--precision", "int3"
    };
    assertThat(commandLine.execute(submit)).isEqualTo(2);
    assertThat(err.toString())
        .startsWith("INVALID_REQUEST")
        .contains("precision must be one of")
        .hasLineCount(1)
        .doesNotContain("connection");
    submit[submit.length - 1] = "int4";
    assertThat(commandLine.execute(submit)).isEqualTo(1);
    assertThat(err.toString()).contains("connection.properties").contains("standalone");
  }

  @Test
  void aBrokerThatIsNotThereIsSaid(@TempDir Path directory) {
    new Connection(Map.of("diffstream.kafka.bootstrap-servers", "127.0.0.1:1")).write(directory);
    StringWriter err = new StringWriter();
    CommandLine commandLine = Main.commandLine().setErr(new PrintWriter(err));
    assertThat(commandLine.execute("watch", "t", "--data-dir", directory.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("Kafka at 127.0.0.1:1 does not answer");
  }

  @Test
  void aDeploymentThatIsNotThereIsSaid(@TempDir Path directory) {
    new Connection(Map.of(Connection.GATEWAY_URL, "http://127.0.0.1:1")).write(directory);
    StringWriter err = new StringWriter();
    CommandLine commandLine = Main.commandLine().setErr(new PrintWriter(err));
    assertThat(commandLine.execute("predict", "t", "text", "--data-dir", directory.toString()))
        .isEqualTo(1);
    assertThat(err.toString()).contains("standalone");
  }
}
