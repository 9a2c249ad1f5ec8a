// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.FieldNames;
import io.dive.protocol.HeaderField;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Response;

/**
 * Fields as Jetty 12 keeps them, whatever the version of its servlets. Nothing else may refer to
 * this class before Jetty is known to be there.
 */
final class JettyFields implements ContainerFields {
  static final HttpField NO_TRANSFORM =
      new PreEncodedHttpField(HttpHeader.CACHE_CONTROL, SignatureFields.NO_TRANSFORM);

  /** Those of our names that Jetty knows, if any. */
  private static final Set<HttpHeader> OURS = known(FieldNames.SIGNED_RESPONSE);

  /** From Jetty's servlet response to the one behind it. */
  private static final ClassValue<Optional<MethodHandle>> RESPONSES =
      new ClassValue<>() {
        @Override
        protected Optional<MethodHandle> computeValue(Class<?> type) {
          return behind(
              type,
              "getResponse",
              MethodType.methodType(Response.class, HttpServletResponse.class));
        }
      };

  /** For HTTP/1, whose head is a copy of them. */
  private final List<HttpField> encoded;

  /**
   * For other versions: an encoded field always enters the table of a connection, where each file
   * would push out what belongs to all of them. Jetty keeps a name with changing values out.
   */
  private final List<HttpField> plain;

  JettyFields(List<HeaderField> fields) {
    this.encoded =
        fields.stream()
            .<HttpField>map(field -> new PreEncodedHttpField(field.name(), field.value()))
            .toList();
    this.plain = fields.stream().map(field -> new HttpField(field.name(), field.value())).toList();
  }

  /** The names among these that Jetty knows, and compares by identity. */
  static Set<HttpHeader> known(Collection<String> names) {
    return names.stream()
        .map(HttpHeader.CACHE::get)
        .filter(Objects::nonNull)
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(HttpHeader.class)));
  }

  /** Whether a field has one of the names that only a signed response carries. */
  static boolean isOurs(HttpField field) {
    if (field.getHeader() != null) {
      return OURS.contains(field.getHeader());
    }
    for (String name : FieldNames.SIGNED_RESPONSE) {
      if (field.is(name)) {
        return true;
      }
    }
    return false;
  }

  /**
   * From an object of Jetty's servlets, of any Servlet version, to the one of the server behind it.
   *
   * @param handle the type of the handle, which {@code invokeExact} needs
   * @return empty for a type that is not Jetty's own
   */
  static Optional<MethodHandle> behind(Class<?> type, String getter, MethodType handle) {
    if (!type.getName().startsWith("org.eclipse.jetty.ee")) {
      return Optional.empty();
    }
    try {
      Method method = type.getMethod(getter);
      return handle.returnType().isAssignableFrom(method.getReturnType())
          ? Optional.of(MethodHandles.publicLookup().unreflect(method).asType(handle))
          : Optional.empty();
    } catch (NoSuchMethodException | IllegalAccessException e) {
      return Optional.empty();
    }
  }

  /** What a getter of Jetty's has thrown, which declares nothing. */
  static RuntimeException unexpected(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return thrown instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException("a getter of Jetty throws a checked exception", thrown);
  }

  /** The fields for a response by that version of the protocol. */
  List<HttpField> by(HttpVersion version) {
    return version.getVersion() < HttpVersion.HTTP_2.getVersion() ? encoded : plain;
  }

  @Override
  public boolean putOn(HttpServletResponse response, boolean noTransform) {
    Optional<MethodHandle> toResponse = RESPONSES.get(response.getClass());
    try {
      return toResponse.isPresent() && putOn(responseOf(response, toResponse.get()), noTransform);
    } catch (LinkageError e) {
      return false; // The first method that another version lacks ends it before a field is added.
    }
  }

  private boolean putOn(Response behind, boolean noTransform) {
    HttpFields.Mutable head = behind.getHeaders();
    boolean saysNoTransform = false;
    for (HttpField field : head) {
      if (isOurs(field)) {
        return false; // They have to be told from the application's own.
      }
      saysNoTransform |= saysNoTransform(field);
    }
    for (HttpField field : by(behind.getRequest().getConnectionMetaData().getHttpVersion())) {
      head.add(field);
    }
    if (noTransform && !saysNoTransform) {
      head.add(NO_TRANSFORM);
    }
    return true;
  }

  /** Whether the field is a {@code Cache-Control} that forbids changes on the way. */
  static boolean saysNoTransform(HttpField field) {
    return field.getHeader() == HttpHeader.CACHE_CONTROL
        && field.contains(SignatureFields.NO_TRANSFORM);
  }

  private static Response responseOf(HttpServletResponse response, MethodHandle toResponse) {
    try {
      return (Response) toResponse.invokeExact(response);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }
}
