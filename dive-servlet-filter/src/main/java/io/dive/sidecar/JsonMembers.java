// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import io.dive.protocol.Bytes;
import io.dive.protocol.DiveException;
import io.dive.protocol.Excerpt;
import io.dive.protocol.MalformedFieldException;
import java.util.ArrayList;
import java.util.List;

/** Typed access to the members of a JSON object; every rejection names the member. */
record JsonMembers(JsonObject object, String place) {
  RejectedException rejected(UnusableReason reason, String member, String problem) {
    return new RejectedException(
        reason, "member \"" + member + "\"" + place + " " + Excerpt.of(problem));
  }

  RejectedException rejected(String member, DiveException cause) {
    return rejected(UnusableReason.MALFORMED_VALUE, member, "is malformed: " + cause.getMessage());
  }

  boolean has(String member) {
    return object.containsKey(member);
  }

  private Object required(String member) throws RejectedException {
    Object value = object.get(member);
    if (value == null) {
      throw rejected(UnusableReason.MISSING_MEMBER, member, "is missing or null");
    }
    return value;
  }

  String string(String member) throws RejectedException {
    if (required(member) instanceof String text) {
      return text;
    }
    throw rejected(UnusableReason.WRONG_TYPE, member, "is not a string");
  }

  long integer(String member) throws RejectedException {
    Object value = required(member);
    if (value instanceof Integer || value instanceof Long) {
      return ((Number) value).longValue();
    }
    throw rejected(UnusableReason.WRONG_TYPE, member, "is not an integer of 64 bits");
  }

  Bytes base64(String member) throws RejectedException {
    try {
      return Bytes.parseBase64(string(member));
    } catch (MalformedFieldException e) {
      throw rejected(member, e);
    }
  }

  Bytes base64(String member, int length) throws RejectedException {
    Bytes value = base64(member);
    if (value.length() != length) {
      throw rejected(
          UnusableReason.WRONG_LENGTH,
          member,
          "has %d bytes, not %d".formatted(value.length(), length));
    }
    return value;
  }

  /** Requires a text that follows from the other members. */
  void requireText(String member, String expected) throws RejectedException {
    if (!string(member).equals(expected)) {
      throw rejected(UnusableReason.VALUES_DISAGREE, member, "is not what the other members give");
    }
  }

  JsonMembers object(String member) throws RejectedException {
    if (required(member) instanceof JsonObject value) {
      return new JsonMembers(value, " of \"" + member + "\"" + place);
    }
    throw rejected(UnusableReason.WRONG_TYPE, member, "is not an object");
  }

  List<JsonMembers> objects(String member) throws RejectedException {
    if (!(required(member) instanceof JsonArray values)) {
      throw rejected(UnusableReason.WRONG_TYPE, member, "is not an array");
    }
    List<JsonMembers> objects = new ArrayList<>(values.size());
    for (Object value : values) {
      if (!(value instanceof JsonObject element)) {
        throw rejected(UnusableReason.WRONG_TYPE, member, "holds something that is no object");
      }
      objects.add(new JsonMembers(element, " of entry " + (objects.size() + 1) + place));
    }
    return objects;
  }
}
