// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import io.dive.Vectors;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.greenbytes.http.sfv.BooleanItem;
import org.greenbytes.http.sfv.ByteSequenceItem;
import org.greenbytes.http.sfv.DecimalItem;
import org.greenbytes.http.sfv.Dictionary;
import org.greenbytes.http.sfv.InnerList;
import org.greenbytes.http.sfv.IntegerItem;
import org.greenbytes.http.sfv.Item;
import org.greenbytes.http.sfv.OuterList;
import org.greenbytes.http.sfv.Parameters;
import org.greenbytes.http.sfv.ParseException;
import org.greenbytes.http.sfv.Parser;
import org.greenbytes.http.sfv.StringItem;
import org.greenbytes.http.sfv.TokenItem;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The HTTP Working Group's cases. Dictionaries go through {@link StructuredDictionary} as in the
 * codecs, lists and items straight to the library.
 */
class StructuredFieldsVectorsTest {
  /** A parsed field: its value in a form that compares, and its canonical serialization. */
  private record Parsed(String value, String canonical) {}

  @ParameterizedTest
  @CsvSource({
    "binary, 15",
    "boolean, 12",
    "dictionary, 26",
    "examples, 21",
    "item, 5",
    "key-generated, 640",
    "list, 11",
    "number, 37",
    "param-dict, 14",
    "param-list, 20",
    "string, 14",
    "token, 6"
  })
  void everyCasePasses(String file, int cases) {
    List<String> failures = new ArrayList<>();
    int ran = 0;
    for (JsonObject vector : Vectors.array("structured-fields/" + file + ".json")) {
      String outcome = outcome(vector);
      if (!outcome.isEmpty()) {
        failures.add(vector.getString("name") + ": " + outcome);
      }
      ran++;
    }
    assertEquals(List.of(), failures);
    assertEquals(cases, ran);
  }

  /** What is wrong, empty when nothing is. */
  private static String outcome(JsonObject vector) {
    Parsed parsed;
    try {
      parsed = parse(vector.getString("header_type"), join(vector.getArray("raw")));
    } catch (ParseException | MalformedFieldException e) {
      boolean mayFail = vector.getBoolean("must_fail") || vector.getBoolean("can_fail");
      return mayFail ? "" : "refused: " + e.getMessage();
    }
    if (vector.getBoolean("must_fail")) {
      return "accepted as " + parsed.value;
    }
    String expected = expected(vector);
    String canonical = join(vector.getArray("canonical", vector.getArray("raw")));
    if (!parsed.value.equals(expected)) {
      return parsed.value + " instead of " + expected;
    }
    return parsed.canonical.equals(canonical)
        ? ""
        : "serialized as " + parsed.canonical + " instead of " + canonical;
  }

  private static String join(JsonArray lines) {
    return lines.stream().map(Objects::toString).collect(Collectors.joining(", "));
  }

  private static Parsed parse(String type, String text) throws MalformedFieldException {
    if (type.equals("dictionary")) {
      Dictionary dictionary =
          Dictionary.valueOf(StructuredDictionary.parse(text, "test vector").members());
      return new Parsed(
          dictionary.get().entrySet().stream()
              .map(member -> member.getKey() + "=" + form(member.getValue()))
              .collect(Collectors.joining(" & ")),
          dictionary.serialize());
    }
    Parser parser = new Parser(text.substring(leadingBlanks(text)));
    if (type.equals("list")) {
      OuterList list = parser.parseList();
      return new Parsed(joined(list.get()), list.serialize());
    }
    Item<? extends Object> item = parser.parseItem();
    return new Parsed(form(item), item.serialize());
  }

  private static int leadingBlanks(String text) {
    int count = 0;
    while (count < text.length() && text.charAt(count) == ' ') {
      count++;
    }
    return count;
  }

  private static String joined(List<? extends Object> elements) {
    return elements.stream()
        .map(StructuredFieldsVectorsTest::form)
        .collect(Collectors.joining(" & "));
  }

  private static String form(Object element) {
    if (element instanceof InnerList list) {
      return "[" + joined(list.get()) + "]" + form(list.getParams());
    }
    return bareForm(element) + form(((Item<?>) element).getParams());
  }

  private static String form(Parameters parameters) {
    return parameters.entrySet().stream()
        .map(parameter -> ";" + parameter.getKey() + "=" + bareForm(parameter.getValue()))
        .collect(Collectors.joining());
  }

  private static String bareForm(Object item) {
    if (item instanceof IntegerItem integer) {
      return number(integer.getAsLong());
    } else if (item instanceof DecimalItem decimal) {
      return number(decimal.get());
    } else if (item instanceof StringItem string) {
      return "string " + string.get();
    } else if (item instanceof TokenItem token) {
      return "token " + token.get();
    } else if (item instanceof BooleanItem flag) {
      return "boolean " + flag.get();
    } else if (item instanceof ByteSequenceItem bytes) {
      return "binary " + base32(bytes.get());
    }
    throw new AssertionError(item.getClass());
  }

  private static String number(Object number) {
    return "number " + new BigDecimal(number.toString()).stripTrailingZeros().toPlainString();
  }

  private static String base32(ByteBuffer bytes) {
    StringBuilder text = new StringBuilder();
    int bits = 0;
    int count = 0;
    for (ByteBuffer rest = bytes.duplicate(); rest.hasRemaining(); ) {
      bits = ((bits << 8) | (rest.get() & 0xff)) & 0xffff;
      for (count += 8; count >= 5; count -= 5) {
        text.append(digit(bits >> (count - 5)));
      }
    }
    if (count > 0) {
      text.append(digit(bits << (5 - count)));
    }
    while (text.length() % 8 != 0) {
      text.append('=');
    }
    return text.toString();
  }

  private static char digit(int value) {
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".charAt(value & 31);
  }

  private static String expected(JsonObject vector) {
    JsonArray expected = vector.getArray("expected");
    return switch (vector.getString("header_type")) {
      case "dictionary" ->
          joined(expected, pair -> pair.get(0) + "=" + expectedMember(pair.get(1)));
      case "list" -> joined(expected, element -> expectedMember(element));
      default -> expectedMember(expected);
    };
  }

  private static String joined(Object array, Function<JsonArray, String> form) {
    return ((JsonArray) array)
        .stream()
            .map(element -> form.apply((JsonArray) element))
            .collect(Collectors.joining(" & "));
  }

  private static String expectedMember(Object member) {
    JsonArray pair = (JsonArray) member;
    String value =
        pair.get(0) instanceof JsonArray inner
            ? "[" + joined(inner, element -> expectedMember(element)) + "]"
            : expectedBare(pair.get(0));
    return value
        + pair.getArray(1).stream()
            .map(JsonArray.class::cast)
            .map(parameter -> ";" + parameter.get(0) + "=" + expectedBare(parameter.get(1)))
            .collect(Collectors.joining());
  }

  private static String expectedBare(Object value) {
    if (value instanceof Map<?, ?> typed) {
      return typed.get("__type") + " " + typed.get("value");
    } else if (value instanceof Boolean) {
      return "boolean " + value;
    } else if (value instanceof Number) {
      return number(value);
    }
    return "string " + value;
  }
}
