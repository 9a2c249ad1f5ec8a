// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.FieldNames;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;

/**
 * Fields that join the head of a response of Jetty 12. Set on the response, they would cost a third
 * of what a small file costs altogether, because Jetty's file servlets go through all fields for
 * each of their own. Nothing else may refer to this class before Jetty is known to be there.
 */
final class JettyFields implements JoiningFields {
  private static final HttpField NO_TRANSFORM =
      new PreEncodedHttpField(HttpHeader.CACHE_CONTROL, SignatureFields.NO_TRANSFORM);

  private static final Set<HttpHeader> CONDITIONAL = known(DirectAnswers.CONDITIONAL_FIELDS);

  /** Those of our names that Jetty knows, if any. */
  private static final Set<HttpHeader> OURS = known(FieldNames.SIGNED_RESPONSE);

  private static final DateTimeFormatter LAST_MODIFIED =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  /** From Jetty's servlet request of any Servlet version to the one behind it. */
  private static final ClassValue<Optional<MethodHandle>> REQUESTS =
      new ClassValue<>() {
        @Override
        protected Optional<MethodHandle> computeValue(Class<?> type) {
          return toRequest(type);
        }
      };

  /** For HTTP/1, whose head is a copy of them. */
  private final List<HttpField> encoded;

  /**
   * For other versions: an encoded field always enters the table of a connection, where each file
   * would push out what belongs to all of them. Jetty keeps a name with changing values out.
   */
  private final List<HttpField> plain;

  private final boolean noTransform;
  private final long length;
  private final String lastModified;

  private JettyFields(FileSignatures.Signed signed, boolean noTransform) {
    this.encoded =
        signed.fields().stream()
            .<HttpField>map(field -> new PreEncodedHttpField(field.name(), field.value()))
            .toList();
    this.plain =
        signed.fields().stream().map(field -> new HttpField(field.name(), field.value())).toList();
    this.noTransform = noTransform;
    this.length = signed.attributes().size();
    this.lastModified = LAST_MODIFIED.format(signed.attributes().lastModifiedTime().toInstant());
  }

  private static Set<HttpHeader> known(Collection<String> names) {
    return names.stream()
        .map(HttpHeader.CACHE::get)
        .filter(Objects::nonNull)
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(HttpHeader.class)));
  }

  /** As {@link JoiningFields#of}; empty for a request that is not Jetty's own. */
  static Optional<JoiningFields> of(
      HttpServletRequest request, FileSignatures.Signed signed, boolean noTransform) {
    boolean hasTime = signed.attributes().lastModifiedTime().toMillis() > 0; // or Jetty tells none
    return hasTime && REQUESTS.get(request.getClass()).isPresent()
        ? Optional.of(new JettyFields(signed, noTransform))
        : Optional.empty();
  }

  private static Optional<MethodHandle> toRequest(Class<?> type) {
    if (!type.getName().startsWith("org.eclipse.jetty.ee")) {
      return Optional.empty();
    }
    try {
      Method method = type.getMethod("getRequest");
      return Request.class.isAssignableFrom(method.getReturnType())
          ? Optional.of(
              MethodHandles.publicLookup()
                  .unreflect(method)
                  .asType(MethodType.methodType(Request.class, HttpServletRequest.class)))
          : Optional.empty();
    } catch (NoSuchMethodException | IllegalAccessException e) {
      return Optional.empty();
    }
  }

  @Override
  public boolean join(HttpServletRequest request, Consumer<ResponseOutcome> outcomes) {
    Optional<MethodHandle> toRequest = REQUESTS.get(request.getClass());
    if (toRequest.isEmpty()) {
      return false;
    }
    Request behind = requestOf(request, toRequest.get());
    if (!isPlain(behind.getHeaders())) {
      return false;
    }
    HttpVersion version = behind.getConnectionMetaData().getHttpVersion();
    List<HttpField> fields =
        version.getVersion() < HttpVersion.HTTP_2.getVersion() ? encoded : plain;
    behind.addHttpStreamWrapper(stream -> new Joined(stream, fields, outcomes));
    return true;
  }

  private static boolean isPlain(HttpFields fields) {
    for (HttpField field : fields) {
      if (CONDITIONAL.contains(field.getHeader())) {
        return false;
      }
    }
    return true;
  }

  private static Request requestOf(HttpServletRequest request, MethodHandle toRequest) {
    try {
      return (Request) toRequest.invokeExact(request);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("Jetty's getRequest() throws a checked exception", e);
    }
  }

  /** One response. Jetty calls it from one thread at a time. */
  private final class Joined extends HttpStream.Wrapper {
    private final List<HttpField> fields;
    private final Consumer<ResponseOutcome> outcomes;
    private boolean joined;
    private boolean counted;

    Joined(HttpStream stream, List<HttpField> fields, Consumer<ResponseOutcome> outcomes) {
      super(stream);
      this.fields = fields;
      this.outcomes = outcomes;
    }

    /** The head is complete, but for what the protocol adds; only the status is not told. */
    @Override
    public void prepareResponse(HttpFields.Mutable headers) {
      super.prepareResponse(headers);
      boolean whole = false;
      boolean unchanged = false;
      boolean asItIs = true;
      boolean saysNoTransform = false;
      for (HttpField field : headers) {
        HttpHeader name = field.getHeader();
        if (name == HttpHeader.CONTENT_LENGTH) {
          whole = field.getLongValue() == length;
        } else if (name == HttpHeader.LAST_MODIFIED) {
          unchanged = lastModified.equals(field.getValue()); // no error page of the same length
        } else if (name == HttpHeader.CACHE_CONTROL) {
          saysNoTransform |= field.contains(SignatureFields.NO_TRANSFORM);
        } else if (name == HttpHeader.CONTENT_ENCODING || isOurs(field)) {
          asItIs = false;
        }
      }
      joined = whole && unchanged && asItIs;
      if (joined) {
        for (HttpField field : fields) {
          headers.add(field);
        }
        if (noTransform && !saysNoTransform) {
          headers.add(NO_TRANSFORM);
        }
      }
    }

    private static boolean isOurs(HttpField field) {
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

    /** Also of what had no answer at all. */
    @Override
    public void failed(Throwable cause) {
      count(ResponseOutcome.NOT_200);
      super.failed(cause);
    }

    private void count(ResponseOutcome outcome) {
      if (!counted) {
        counted = true;
        outcomes.accept(outcome);
      }
    }

    @Override
    public void send(
        MetaData.Request request,
        MetaData.Response response,
        boolean last,
        ByteBuffer content,
        Callback callback) {
      boolean isAnswer = response != null && response.getStatus() >= HttpServletResponse.SC_OK;
      super.send(request, isAnswer ? judged(response) : response, last, content, callback);
    }

    private MetaData.Response judged(MetaData.Response response) {
      boolean is200 = response.getStatus() == HttpServletResponse.SC_OK;
      count(
          !is200
              ? ResponseOutcome.NOT_200
              : joined ? ResponseOutcome.SIGNED : ResponseOutcome.CHANGED);
      return joined && !is200 ? without(response) : response;
    }

    private MetaData.Response without(MetaData.Response response) {
      HttpFields.Mutable others = HttpFields.build(response.getHttpFields());
      fields.forEach(field -> others.remove(field.getName()));
      return new MetaData.Response(
          response.getStatus(),
          response.getReason(),
          response.getHttpVersion(),
          others,
          response.getContentLength(),
          response.getTrailersSupplier());
    }
  }
}
