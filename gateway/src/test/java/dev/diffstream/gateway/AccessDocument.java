package dev.diffstream.gateway;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The tables of docs/access.md: what each route needs, and which roles give it. */
final class AccessDocument {
  private static final Path FILE = Path.of("../docs/access.md");
  private static final Pattern ROUTE = Pattern.compile("\\| `(.+?)` \\| (\\w+) \\|");
  private static final List<String> COLUMNS =
      List.of("needs", "read", "submit", "operate", "predict", "without a key");

  private final List<String> lines;

  AccessDocument() throws IOException {
    this.lines = Files.readAllLines(FILE);
  }

  /** What each route, or method, below a heading needs. */
  Map<String, String> needs(String heading) {
    Map<String, String> needs = new TreeMap<>();
    for (String line : below("## " + heading)) {
      Matcher matcher = ROUTE.matcher(line);
      if (matcher.matches()) {
        needs.put(matcher.group(1).replace("\\|", "|"), matcher.group(2));
      }
    }
    return needs;
  }

  /** Whether a column of the table of roles says yes to what a route needs. */
  boolean gives(String column, String needed) {
    for (String line : below("## Roles")) {
      List<String> cells = List.of(line.split("\\|")).stream().map(String::strip).toList();
      if (cells.size() > COLUMNS.size() && cells.get(1).equals(needed)) {
        return cells.get(1 + COLUMNS.indexOf(column.toLowerCase(Locale.ROOT))).equals("yes");
      }
    }
    throw new AssertionError("docs/access.md has no row for " + needed);
  }

  private List<String> below(String heading) {
    List<String> found = new ArrayList<>();
    int start = lines.indexOf(heading);
    if (start < 0) {
      throw new AssertionError("docs/access.md has no heading " + heading);
    }
    for (String line : lines.subList(start + 1, lines.size())) {
      if (line.startsWith("## ")) {
        break;
      }
      found.add(line);
    }
    return found;
  }
}
