package dev.diffstream.cli.bench.load;

import dev.diffstream.schemas.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The clients' process: its argument is the file of a {@link LoadPlan}. Each line of its input is a
 * phase, {@code zipf <tasks> <milliseconds>} or {@code alone <flooding clients> <milliseconds>},
 * for which it prints a {@link PhaseResult} in one line.
 */
public final class ClientMain {
  private ClientMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    byte[] json = Files.readAllBytes(Path.of(arguments[0]));
    try (Clients clients = new Clients(Json.read(json, LoadPlan.class, arguments[0]));
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ", -1);
        int count = Integer.parseInt(words[1]);
        Duration time = Duration.ofMillis(Long.parseLong(words[2]));
        System.out.println(
            Json.writeText(
                words[0].equals("alone") ? clients.alone(count, time) : clients.ask(count, time)));
      }
    }
  }
}
