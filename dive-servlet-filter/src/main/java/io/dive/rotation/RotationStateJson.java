// SPDX-License-Identifier: Apache-2.0
package io.dive.rotation;

import com.grack.nanojson.JsonArray;
import com.grack.nanojson.JsonObject;
import io.dive.protocol.Fqdn;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.ProtocolVersion;
import io.dive.rotation.RotationState.Directive;
import io.dive.rotation.RotationState.Finished;
import io.dive.rotation.RotationState.KeyPlace;
import io.dive.rotation.RotationState.Phase;
import io.dive.rotation.RotationState.RevocationPhase;
import io.dive.rotation.RotationState.Revoked;
import io.dive.rotation.RotationState.Running;
import io.dive.settings.HostPattern;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A {@link RotationState} as JSON. What is not one is an {@link IllegalArgumentException}. */
final class RotationStateJson {
  private static final int FORMAT = 1;
  private static final String FORMAT_MEMBER = "dive-rotation";

  private RotationStateJson() {}

  static JsonObject object(RotationState state) {
    JsonObject json = new JsonObject();
    json.put(FORMAT_MEMBER, FORMAT);
    json.put("used-key-ids", new JsonArray(state.usedKeyIds().stream().map(KeyId::value).toList()));
    state.running().ifPresent(running -> json.put("rotation", object(running)));
    json.put("finished", array(state.finished(), RotationStateJson::object));
    json.put("revocations", array(state.revocations(), RotationStateJson::object));
    json.put("directives", array(state.directives(), RotationStateJson::object));
    return json;
  }

  private static <T> JsonArray array(List<T> values, Function<T, JsonObject> object) {
    return new JsonArray(values.stream().map(object).toList());
  }

  private static JsonArray names(List<Fqdn> domains) {
    return new JsonArray(domains.stream().map(Fqdn::name).toList());
  }

  private static JsonObject object(Running running) {
    JsonObject json = new JsonObject();
    json.put("old-key", running.oldKey().value());
    json.put("new-key", running.newKey().value());
    json.put("old-file", running.oldFile().toString());
    json.put("new-file", running.newFile().toString());
    json.put("hosts", names(running.hosts()));
    json.put("places", array(running.places(), RotationStateJson::object));
    json.put("phase", word(running.phase()));
    running.due().ifPresent(due -> json.put("due", due.toString()));
    return json;
  }

  private static JsonObject object(KeyPlace place) {
    JsonObject json = new JsonObject();
    json.put("domain", place.domain().name());
    json.put("record", place.record());
    json.put("ttl", place.ttl().toSeconds());
    return json;
  }

  private static JsonObject object(Finished finished) {
    JsonObject json = new JsonObject();
    json.put("old-key", finished.oldKey().value());
    json.put("new-key", finished.newKey().value());
    json.put("at", finished.at().toString());
    json.put("hosts", names(finished.hosts()));
    json.put("places", array(finished.places(), RotationStateJson::object));
    return json;
  }

  private static JsonObject object(Directive directive) {
    JsonObject json = new JsonObject();
    json.put("domain", directive.domain().name());
    json.put("version", directive.version().token());
    json.put("value", directive.value().toString());
    return json;
  }

  private static JsonObject object(Revoked revoked) {
    JsonObject json = new JsonObject();
    json.put("key", revoked.key().value());
    revoked.reference().fqdn().ifPresent(fqdn -> json.put("fqdn", fqdn.name()));
    json.put("hosts", new JsonArray(revoked.hosts().stream().map(HostPattern::toString).toList()));
    json.put("unseen", names(revoked.unseen()));
    json.put(
        "invalidate", new JsonArray(revoked.moments().stream().map(Instant::toString).toList()));
    json.put("places", array(revoked.places(), RotationStateJson::object));
    json.put("policies", names(revoked.policies()));
    json.put("replaced", revoked.replaced());
    json.put("phase", word(revoked.phase()));
    revoked.due().ifPresent(due -> json.put("due", due.toString()));
    return json;
  }

  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String word) {
    return Enum.valueOf(type, word.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  static RotationState parse(JsonObject json) {
    if (json.getInt(FORMAT_MEMBER) != FORMAT) {
      throw new IllegalArgumentException("\"%s\" is not %d".formatted(FORMAT_MEMBER, FORMAT));
    }
    return new RotationState(
        strings(json, "used-key-ids").stream()
            .map(KeyId::new)
            .collect(Collectors.toCollection(LinkedHashSet::new)),
        Optional.ofNullable(json.getObject("rotation")).map(RotationStateJson::running),
        objects(json, "finished", RotationStateJson::finished),
        objects(json, "revocations", RotationStateJson::revoked),
        objects(json, "directives", RotationStateJson::directive));
  }

  private static Directive directive(JsonObject json) {
    String version = string(json, "version");
    return new Directive(
        new Fqdn(string(json, "domain")),
        ProtocolVersion.fromToken(version)
            .orElseThrow(() -> new IllegalArgumentException("\"version\" is " + version)),
        Instant.parse(string(json, "value")));
  }

  private static Running running(JsonObject json) {
    return new Running(
        new KeyId(string(json, "old-key")),
        new KeyId(string(json, "new-key")),
        Path.of(string(json, "old-file")),
        Path.of(string(json, "new-file")),
        domains(json, "hosts"),
        objects(json, "places", RotationStateJson::place),
        constant(Phase.class, string(json, "phase")),
        instant(json, "due"));
  }

  private static KeyPlace place(JsonObject json) {
    return new KeyPlace(
        new Fqdn(string(json, "domain")),
        string(json, "record"),
        Duration.ofSeconds(json.getLong("ttl")));
  }

  private static Finished finished(JsonObject json) {
    return new Finished(
        new KeyId(string(json, "old-key")),
        new KeyId(string(json, "new-key")),
        Instant.parse(string(json, "at")),
        domains(json, "hosts"),
        objects(json, "places", RotationStateJson::place));
  }

  private static Revoked revoked(JsonObject json) {
    return new Revoked(
        new KeyReference(
            new KeyId(string(json, "key")),
            Optional.ofNullable(json.getString("fqdn")).map(Fqdn::new)),
        json.has("hosts") ? patterns(json, "hosts") : Set.of(),
        domains(json, "unseen"),
        strings(json, "invalidate").stream().map(Instant::parse).toList(),
        objects(json, "places", RotationStateJson::place),
        domains(json, "policies"),
        json.getBoolean("replaced"),
        constant(RevocationPhase.class, string(json, "phase")),
        instant(json, "due"));
  }

  private static String string(JsonObject json, String name) {
    @Nullable String value = json.getString(name);
    if (value == null) {
      throw new IllegalArgumentException("\"" + name + "\" is missing");
    }
    return value;
  }

  private static Optional<Instant> instant(JsonObject json, String name) {
    return Optional.ofNullable(json.getString(name)).map(Instant::parse);
  }

  private static JsonArray array(JsonObject json, String name) {
    @Nullable JsonArray array = json.getArray(name);
    if (array == null) {
      throw new IllegalArgumentException("\"" + name + "\" is missing");
    }
    return array;
  }

  private static List<String> strings(JsonObject json, String name) {
    return array(json, name).stream()
        .map(
            value -> {
              if (value instanceof String text) {
                return text;
              }
              throw new IllegalArgumentException(
                  "\"" + name + "\" holds something else than texts");
            })
        .toList();
  }

  private static List<Fqdn> domains(JsonObject json, String name) {
    return strings(json, name).stream().map(Fqdn::new).toList();
  }

  private static Set<HostPattern> patterns(JsonObject json, String name) {
    Set<HostPattern> patterns = new LinkedHashSet<>();
    for (String text : strings(json, name)) {
      patterns.add(
          HostPattern.parse(text)
              .orElseThrow(() -> new IllegalArgumentException("\"" + name + "\" holds " + text)));
    }
    return patterns;
  }

  private static <T> List<T> objects(JsonObject json, String name, Function<JsonObject, T> parser) {
    return array(json, name).stream()
        .map(
            value -> {
              if (value instanceof JsonObject object) {
                return parser.apply(object);
              }
              throw new IllegalArgumentException(
                  "\"" + name + "\" holds something else than objects");
            })
        .toList();
  }
}
