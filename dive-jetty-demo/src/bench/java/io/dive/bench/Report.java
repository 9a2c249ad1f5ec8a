// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import com.grack.nanojson.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All rows with the machine, as a table, as JSON and as a chart. */
record Report(Machine machine, Settings settings, List<Row> rows) {
  private static final String BEGIN = "<!-- result -->";
  private static final String END = "<!-- end of result -->";

  /** Copies the list. */
  Report {
    rows = List.copyOf(rows);
  }

  /** A report on rows that were measured just now. */
  static Report of(Machine machine, Settings settings, List<Row> rows) {
    return new Report(machine, settings, rows.stream().map(row -> row.on(machine.date())).toList());
  }

  /**
   * The same with the published rows that were not measured now, in the order of the names. Those
   * of another machine are left out: they must not stand side by side.
   *
   * @throws IOException if what is published cannot be read
   */
  Report withPublished(List<String> names) throws IOException {
    Map<String, Row> all = new LinkedHashMap<>();
    Path file = settings.results().resolve("result.json");
    if (Files.exists(file)) {
      JsonObject published = parsed(Files.readString(file));
      if (machine.isThatOf(published.getObject("machine"))) {
        for (Object row : published.getArray("rows")) {
          Row before = row((JsonObject) row);
          all.put(before.name(), before);
        }
      }
    }
    rows.forEach(row -> all.put(row.name(), row));
    return new Report(
        machine, settings, names.stream().filter(all::containsKey).map(all::get).toList());
  }

  private static JsonObject parsed(String json) throws IOException {
    try {
      return JsonParser.object().from(json);
    } catch (JsonParserException e) {
      throw new IOException("the published result is no JSON; remove it", e);
    }
  }

  private static Row row(JsonObject object) {
    Map<String, List<Double>> measured = new LinkedHashMap<>();
    object
        .getObject("measured")
        .forEach((name, values) -> measured.put(name, numbers((JsonArray) values)));
    return new Row(
        object.getString("name"),
        object.getString("work"),
        new Target(
            object.getBoolean("at-least"), object.getDouble("target"), object.getString("unit")),
        object.getString("day"),
        numbers(object.getArray("values")),
        object.getString("why", ""),
        measured);
  }

  private static List<Double> numbers(JsonArray array) {
    return array.stream().map(number -> ((Number) number).doubleValue()).toList();
  }

  /** A table in Markdown with the machine below it. */
  String table() {
    StringBuilder text =
        new StringBuilder(
            """
            | work | target | min | median | max | met | day | medians of what was measured |
            |---|---|---|---|---|---|---|---|
            """);
    for (Row row : rows) {
      text.append(line(row));
    }
    return text.append(
            "\nLoads of %d s; the rounds of each row are in result.json.\nMachine: %s.\n"
                .formatted(settings.slice().toSeconds(), machine))
        .toString();
  }

  private static String line(Row row) {
    String numbers =
        row.spread()
            .map(
                spread ->
                    "%s | **%s** | %s | %s"
                        .formatted(
                            Figures.text(spread.min()),
                            Figures.text(spread.median()),
                            Figures.text(spread.max()),
                            row.isMet() ? "yes" : "no"))
            .orElse(" | | |");
    return "| %s (`%s`) | %s | %s | %s | %s |\n"
        .formatted(row.work(), row.name(), row.target(), numbers, row.day(), row.figures());
  }

  private String json() {
    Map<String, Object> where = new LinkedHashMap<>();
    where.put("processors", machine.processors());
    where.put("processor", machine.processor());
    where.put("memory-mib", machine.memoryMib());
    where.put("java", machine.java());
    where.put("system", machine.system());
    where.put("load", machine.load());
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("date", machine.date().toString());
    document.put("machine", where);
    document.put("seconds", settings.slice().toSeconds());
    document.put("rows", rows.stream().map(Report::json).toList());
    return JsonWriter.indent("  ").string().value(document).done() + "\n";
  }

  private static Map<String, Object> json(Row row) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("name", row.name());
    object.put("work", row.work());
    object.put("target", row.target().bound());
    object.put("at-least", row.target().atLeast());
    object.put("unit", row.target().unit());
    object.put("day", row.day());
    object.put("values", row.values());
    if (!row.why().isEmpty()) {
      object.put("why", row.why());
    }
    row.spread()
        .ifPresent(
            spread -> {
              object.put("min", spread.min());
              object.put("median", spread.median());
              object.put("max", spread.max());
              object.put("met", row.isMet());
            });
    object.put("measured", row.measured());
    return object;
  }

  /** Writes {@code result.json}, {@code result.svg} and {@code result.md}. */
  void write(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("result.json"), json());
    Files.writeString(directory.resolve("result.svg"), new Chart(rows).svg());
    Files.writeString(directory.resolve("result.md"), table());
  }

  /**
   * Puts the table in the place of the last one.
   *
   * @throws IOException if the page has no place for it
   */
  void publish(Path page) throws IOException {
    String text = Files.readString(page);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException(page + " lacks " + BEGIN + " and " + END);
    }
    String result = table() + "\n![each median against its target](bench/result.svg)\n";
    Files.writeString(page, text.substring(0, begin) + BEGIN + "\n" + result + text.substring(end));
  }
}
