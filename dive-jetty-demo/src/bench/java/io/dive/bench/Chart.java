// SPDX-License-Identifier: Apache-2.0
package io.dive.bench;

import java.util.List;
import java.util.Locale;

/** Rows as bars: how good is each, where 1 just meets its target? */
record Chart(List<Row> rows) {
  private static final int ROW_HEIGHT = 24;
  private static final int LABELS = 190;
  private static final int BAR_AREA = 480;
  private static final int TOP = 34;
  private static final int NUMBERS = 150;
  private static final double MOST = 2;

  /** Copies the list. */
  Chart {
    rows = List.copyOf(rows);
  }

  /** The drawing; bars end at twice the target. */
  String svg() {
    int height = TOP + rows.size() * ROW_HEIGHT + 10;
    int width = LABELS + BAR_AREA + NUMBERS;
    StringBuilder svg = new StringBuilder();
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n"
            .formatted(width, height));
    svg.append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
    svg.append(
        text(LABELS, 18, "median against its target, the line; whiskers from worst to best round"));
    for (int i = 0; i < rows.size(); i++) {
      bar(svg, rows.get(i), TOP + i * ROW_HEIGHT);
    }
    svg.append(
        "<line x1=\"%1$s\" x2=\"%1$s\" y1=\"%2$d\" y2=\"%3$d\" stroke=\"black\"/>\n"
            .formatted(number(x(1)), TOP - 4, height - 6));
    return svg.append("</svg>\n").toString();
  }

  private static void bar(StringBuilder svg, Row row, int y) {
    svg.append(text(6, y + 14, row.name()));
    if (row.spread().isEmpty()) {
      svg.append(text(LABELS + 4, y + 14, "not measured"));
      return;
    }
    Spread spread = row.spread().orElseThrow();
    double end = x(row.target().score(spread.median()));
    svg.append(
        "<rect x=\"%d\" y=\"%d\" width=\"%s\" height=\"%d\" fill=\"%s\"/>\n"
            .formatted(
                LABELS,
                y + 3,
                number(end - LABELS),
                ROW_HEIGHT - 8,
                row.isMet() ? "#2a9d8f" : "#e76f51"));
    svg.append(
        "<line x1=\"%s\" x2=\"%s\" y1=\"%3$d\" y2=\"%3$d\" stroke=\"#444\"/>\n"
            .formatted(
                number(x(row.target().score(spread.min()))),
                number(x(row.target().score(spread.max()))),
                y + ROW_HEIGHT / 2 - 1));
    svg.append(
        text(
            LABELS + BAR_AREA + 6,
            y + 14,
            "%s (%s)".formatted(Figures.text(spread.median()), row.target())));
  }

  private static double x(double score) {
    return LABELS + BAR_AREA * Math.min(Math.max(score, 0), MOST) / MOST;
  }

  private static String text(int x, int y, String text) {
    String escaped = text.replace("&", "&amp;").replace("<", "&lt;");
    return "<text x=\"%d\" y=\"%d\">%s</text>\n".formatted(x, y, escaped);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
