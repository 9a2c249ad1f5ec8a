// SPDX-License-Identifier: Apache-2.0
package io.dive.dns;

import java.io.Serial;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One {@code key} statement in the syntax of {@code named.conf}, comments of its three kinds
 * included. Holds a secret, so it is no record.
 */
final class TsigStatement {
  /** Text that is no {@code key} statement. The message never quotes the text. */
  static final class SyntaxException extends Exception {
    @Serial private static final long serialVersionUID = 1;

    private final int line;

    SyntaxException(int line, String problem) {
      super(problem);
      this.line = line;
    }

    int line() {
      return line;
    }
  }

  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<blank>\\s+|//[^\\n]*|#[^\\n]*|/\\*(?s:.*?)\\*/)"
              + "|(?<mark>[{};])"
              + "|\"(?<quoted>[^\"\\n]*)\""
              + "|(?<word>[^\\s{};\"#]+)");

  private record Token(String text, boolean isMark, int line) {}

  private final List<Token> tokens;
  private final Map<String, String> clauses = new HashMap<>();
  private final String name;
  private int next;

  private TsigStatement(String text) throws SyntaxException {
    tokens = tokens(text);
    keyword("key");
    name = value("the key's name");
    mark("{");
    while (clauses.size() < 2) {
      clause();
    }
    mark("}");
    mark(";");
    if (next < tokens.size()) {
      throw problem("holds more than one key statement");
    }
  }

  /** Reads a text that holds exactly one statement. */
  static TsigStatement parse(String text) throws SyntaxException {
    return new TsigStatement(text);
  }

  private static List<Token> tokens(String text) throws SyntaxException {
    List<Token> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(text);
    int line = 1;
    int end = 0;
    while (end < text.length()) {
      if (!matcher.find(end) || matcher.start() != end) {
        throw new SyntaxException(line, "has an open quotation mark or comment");
      }
      end = matcher.end();
      if (matcher.group("blank") == null) {
        boolean isMark = matcher.group("mark") != null;
        String quoted = matcher.group("quoted");
        tokens.add(new Token(quoted != null ? quoted : matcher.group(), isMark, line));
      }
      line += (int) matcher.group().chars().filter(c -> c == '\n').count();
    }
    return tokens;
  }

  private void clause() throws SyntaxException {
    int at = next;
    String keyword = value("\"algorithm\" or \"secret\"");
    if (!keyword.equals("algorithm") && !keyword.equals("secret")) {
      next = at;
      throw problem("should have \"algorithm\" or \"secret\" there");
    }
    if (clauses.containsKey(keyword)) {
      next = at;
      throw problem("has \"" + keyword + "\" twice");
    }
    clauses.put(keyword, value("the " + keyword));
    mark(";");
  }

  private void keyword(String expected) throws SyntaxException {
    if (next == tokens.size() || !tokens.get(next).text().equals(expected)) {
      throw problem("should begin with \"" + expected + "\"");
    }
    next++;
  }

  private void mark(String expected) throws SyntaxException {
    if (next == tokens.size()
        || !tokens.get(next).isMark()
        || !tokens.get(next).text().equals(expected)) {
      throw problem("should have \"" + expected + "\" there");
    }
    next++;
  }

  private String value(String expected) throws SyntaxException {
    if (next == tokens.size() || tokens.get(next).isMark() || tokens.get(next).text().isEmpty()) {
      throw problem("should have " + expected + " there");
    }
    return tokens.get(next++).text();
  }

  private SyntaxException problem(String sentence) {
    int line =
        next < tokens.size()
            ? tokens.get(next).line()
            : tokens.isEmpty() ? 1 : tokens.get(tokens.size() - 1).line();
    return new SyntaxException(line, sentence);
  }

  String name() {
    return name;
  }

  String algorithm() {
    return clauses.getOrDefault("algorithm", "");
  }

  String secret() {
    return clauses.getOrDefault("secret", "");
  }
}
