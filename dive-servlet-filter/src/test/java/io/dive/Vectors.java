// SPDX-License-Identifier: Apache-2.0
package io.dive;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Reads the test vectors under {@code src/test/resources/vectors}. */
public final class Vectors {
  private Vectors() {}

  /** The elements of a file that holds an array of objects. */
  public static List<JsonObject> array(String path) {
    try {
      return objects(JsonParser.array().from(text(path)));
    } catch (JsonParserException e) {
      throw new IllegalStateException(path, e);
    }
  }

  /** The content of a file that holds an object. */
  public static JsonObject object(String path) {
    try {
      return JsonParser.object().from(text(path));
    } catch (JsonParserException e) {
      throw new IllegalStateException(path, e);
    }
  }

  /** An array's elements, as objects. */
  public static List<JsonObject> objects(JsonArray array) {
    return array.stream().map(JsonObject.class::cast).toList();
  }

  private static String text(String path) {
    try (InputStream in = Vectors.class.getResourceAsStream("/vectors/" + path)) {
      if (in == null) {
        throw new IllegalStateException("no test resource vectors/" + path);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
