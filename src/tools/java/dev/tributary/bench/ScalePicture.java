package dev.tributary.bench;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A picture as SVG: rows a second against sizes on a logarithmic axis, medians as a line and the
 * least and the most as bars. Written here, for a bar that is not symmetric, and a machine without
 * fonts, are more than charting libraries know.
 */
final class ScalePicture {

  private static final int WIDTH = 760;
  private static final int HEIGHT = 460;
  private static final int LEFT = 92;
  private static final int RIGHT = WIDTH - 48;
  private static final int TOP = 76;
  private static final int BOTTOM = HEIGHT - 108;

  /** Free space within the axes, left and right of the points. */
  private static final int INSET = 36;

  private static final int WISHED_STEPS = 5;
  private static final String INK = "#1f2933";
  private static final String LINE = "#0b6e99";

  private final String title;
  private final String axis;
  private final String machine;
  private final String meaning;
  private final TreeMap<Long, Spread> points = new TreeMap<>();
  private final StringBuilder svg = new StringBuilder();

  /**
   * @param machine stands below, and what the points mean
   */
  ScalePicture(String title, String axis, String machine, String meaning) {
    this.title = title;
    this.axis = axis;
    this.machine = machine;
    this.meaning = meaning;
  }

  /**
   * @param size at least 1
   */
  void add(long size, Spread rate) {
    points.put(size, rate);
  }

  /** The picture of the points, which must be two at least. */
  String svg() {
    svg.setLength(0);
    put(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
            + " font-family=\"sans-serif\" font-size=\"13\" fill=\"%s\">",
        WIDTH, HEIGHT, WIDTH, HEIGHT, INK);
    put("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", WIDTH, HEIGHT);
    text(LEFT, 34, "start", "font-size=\"19\" font-weight=\"bold\"", title);
    double step = step(points.values().stream().mapToDouble(Spread::most).max().orElseThrow());
    double top = axisY(step);
    axisX();
    line(top);
    text((LEFT + RIGHT) / 2.0, BOTTOM + 46, "middle", "", axis + " (logarithmic)");
    text(LEFT - 8, TOP - 18, "end", "", "rows/s");
    String small = "font-size=\"11\" fill=\"#52606d\"";
    text(LEFT, HEIGHT - 32, "start", small, machine);
    text(LEFT, HEIGHT - 16, "start", small, meaning);
    put("</svg>");
    return svg.toString();
  }

  /** A round step; about as many steps as wished reach {@code most}. */
  private static double step(double most) {
    double raw = Math.max(most, 1) / WISHED_STEPS;
    double magnitude = Math.pow(10, Math.floor(Math.log10(raw)));
    for (double factor : new double[] {1, 2, 2.5, 5}) {
      if (factor * magnitude >= raw) {
        return factor * magnitude;
      }
    }
    return 10 * magnitude;
  }

  /** From zero; returns what is at the top. */
  private double axisY(double step) {
    double most = points.values().stream().mapToDouble(Spread::most).max().orElseThrow();
    double top = Math.ceil(most * 1.05 / step) * step;
    for (double tick = 0; tick <= top + step / 2; tick += step) {
      double y = y(tick, top);
      put(
          "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"%s\"/>",
          LEFT, y, RIGHT, y, tick == 0 ? INK : "#d9dee4");
      text(LEFT - 8, y + 4.5, "end", "", number(tick));
    }
    return top;
  }

  private void axisX() {
    for (long size : points.keySet()) {
      put(
          "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"%s\"/>",
          x(size), BOTTOM, x(size), BOTTOM + 6, INK);
      text(x(size), BOTTOM + 22, "middle", "", number((double) size));
    }
  }

  private void line(double top) {
    StringBuilder path = new StringBuilder();
    for (Map.Entry<Long, Spread> point : points.entrySet()) {
      path.append(
          String.format(
              Locale.ROOT, "%.1f,%.1f ", x(point.getKey()), y(point.getValue().median(), top)));
    }
    put(
        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>",
        path.toString().strip(), LINE);
    points.forEach((size, rate) -> point(x(size), rate, top));
  }

  private void point(double x, Spread rate, double top) {
    double least = y(rate.least(), top);
    double most = y(rate.most(), top);
    put(
        "<path d=\"M%.1f %.1fH%.1fM%.1f %.1fV%.1fM%.1f %.1fH%.1f\" stroke=\"%s\"/>",
        x - 5, most, x + 5, x, most, least, x - 5, least, x + 5, INK);
    put("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>", x, y(rate.median(), top), LINE);
    String size = "font-size=\"12\"";
    String label = number(rate.median());
    // On a white rim, where the line runs through it.
    text(x, most - 8, "middle", size + " stroke=\"#ffffff\" stroke-width=\"4\"", label);
    text(x, most - 8, "middle", size, label);
  }

  private double x(long size) {
    double first = Math.log((double) points.firstKey());
    double last = Math.log((double) points.lastKey());
    return LEFT
        + INSET
        + (Math.log((double) size) - first) / (last - first) * (RIGHT - LEFT - 2 * INSET);
  }

  private static double y(double rate, double top) {
    return BOTTOM - rate / top * (BOTTOM - TOP);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%,.0f", value);
  }

  private void text(double x, double y, String anchor, String more, String text) {
    String escaped = text.replace("&", "&amp;").replace("<", "&lt;");
    put("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" %s>%s</text>", x, y, anchor, more, escaped);
  }

  private void put(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
