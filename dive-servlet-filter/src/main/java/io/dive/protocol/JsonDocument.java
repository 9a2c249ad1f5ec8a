// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A JSON object from a peer, read with typed look-ups; absent and null are the same. Every failure
 * names the document and the path.
 */
record JsonDocument(JsonObject object, String document, String path) {
  /** Largest text that is read, in characters. */
  static final int MAX_LENGTH = 64 * 1024;

  /**
   * Parses an object.
   *
   * @param document what the text is, for messages
   * @throws MalformedFieldException with {@link ErrorCode#TOO_LARGE} or {@link
   *     ErrorCode#MALFORMED_SYNTAX}
   */
  static JsonDocument parse(String text, String document) throws MalformedFieldException {
    if (requireNonNull(text, "text").length() > MAX_LENGTH) {
      throw new MalformedFieldException(
          ErrorCode.TOO_LARGE, document + ": longer than " + MAX_LENGTH + " characters");
    }
    return new JsonDocument(BoundedJson.parse(text, document), document, "");
  }

  private <T> Optional<T> value(String name, Class<T> type) throws MalformedFieldException {
    Object value = object.get(name);
    if (value == null) {
      return Optional.empty();
    }
    if (!type.isInstance(value)) {
      throw wrongType(name, "a " + type.getSimpleName());
    }
    return Optional.of(type.cast(value));
  }

  private MalformedFieldException wrongType(String name, String expected) {
    return new MalformedFieldException(
        ErrorCode.WRONG_TYPE, document + ": " + path + Excerpt.of(name) + " is not " + expected);
  }

  MalformedFieldException missing(String name) {
    return new MalformedFieldException(
        ErrorCode.MISSING_MEMBER, document + ": " + path + name + " is missing");
  }

  Optional<String> string(String name) throws MalformedFieldException {
    return value(name, String.class);
  }

  /** A whole number written without fraction and exponent. */
  Optional<Long> integer(String name) throws MalformedFieldException {
    Optional<Number> number = value(name, Number.class);
    if (number.isEmpty()) {
      return Optional.empty();
    }
    // Longer numbers come as BigInteger, also those that would fit a long.
    Number value = number.orElseThrow();
    boolean fits = value instanceof BigInteger big && big.bitLength() < Long.SIZE;
    if (fits || value instanceof Integer || value instanceof Long) {
      return Optional.of(value.longValue());
    }
    throw wrongType(name, "an integer of 64 bits");
  }

  Optional<Boolean> flag(String name) throws MalformedFieldException {
    return value(name, Boolean.class);
  }

  /** The member, or an empty object. */
  JsonDocument object(String name) throws MalformedFieldException {
    return new JsonDocument(
        value(name, JsonObject.class).orElseGet(JsonObject::new), document, path + name + ".");
  }

  /** The elements of the member, or none. */
  List<JsonDocument> objects(String name) throws MalformedFieldException {
    List<JsonDocument> objects = new ArrayList<>();
    for (Object element : value(name, JsonArray.class).orElseGet(JsonArray::new)) {
      if (!(element instanceof JsonObject member)) {
        throw wrongType(name, "an array of objects");
      }
      objects.add(new JsonDocument(member, document, path + name + "[]."));
    }
    return objects;
  }

  /** All members, which must be strings or null, in order. */
  Map<String, Optional<String>> strings() throws MalformedFieldException {
    Map<String, Optional<String>> strings = new LinkedHashMap<>();
    for (String name : object.keySet()) {
      strings.put(name, string(name));
    }
    return strings;
  }
}
