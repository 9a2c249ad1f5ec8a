// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.FieldNames;
import io.dive.protocol.HeaderField;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
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

  /** From Jetty's servlet request of any Servlet version to the one behind it. */
  private static final ClassValue<Optional<MethodHandle>> REQUESTS =
      new ClassValue<>() {
        @Override
        protected Optional<MethodHandle> computeValue(Class<?> type) {
          return toRequest(type);
        }
      };

  private final List<HttpField> fields;
  private final boolean noTransform;
  private final long length;
  private final MethodHandle toRequest;

  private JettyFields(FileSignatures.Signed signed, boolean noTransform, MethodHandle toRequest) {
    this.fields = signed.fields().stream().map(JettyFields::encoded).toList();
    this.noTransform = noTransform;
    this.length = signed.attributes().size();
    this.toRequest = toRequest;
  }

  /** As {@link JoiningFields#of}; empty for a request that is not Jetty's own. */
  static Optional<JoiningFields> of(
      HttpServletRequest request, FileSignatures.Signed signed, boolean noTransform) {
    return REQUESTS
        .get(request.getClass())
        .map(toRequest -> new JettyFields(signed, noTransform, toRequest));
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

  private static HttpField encoded(HeaderField field) {
    return new PreEncodedHttpField(field.name(), field.value());
  }

  @Override
  public void join(HttpServletRequest request, Consumer<ResponseOutcome> outcomes) {
    requestOf(request).addHttpStreamWrapper(stream -> new Joined(stream, outcomes));
  }

  private Request requestOf(HttpServletRequest request) {
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
    private final Consumer<ResponseOutcome> outcomes;
    private boolean joined;
    private boolean counted;

    Joined(HttpStream stream, Consumer<ResponseOutcome> outcomes) {
      super(stream);
      this.outcomes = outcomes;
    }

    /** The head is complete, but for what the protocol adds; only the status is not told. */
    @Override
    public void prepareResponse(HttpFields.Mutable headers) {
      super.prepareResponse(headers);
      boolean whole = false;
      boolean asItIs = true;
      boolean saysNoTransform = false;
      for (HttpField field : headers) {
        HttpHeader name = field.getHeader();
        if (name == HttpHeader.CONTENT_LENGTH) {
          whole = field.getLongValue() == length;
        } else if (name == HttpHeader.CACHE_CONTROL) {
          saysNoTransform = field.contains(SignatureFields.NO_TRANSFORM);
        } else if (name == HttpHeader.CONTENT_ENCODING || (name == null && isOurs(field))) {
          asItIs = false;
        }
      }
      joined = whole && asItIs;
      if (joined) {
        fields.forEach(headers::add);
        if (noTransform && !saysNoTransform) {
          headers.add(NO_TRANSFORM);
        }
      }
    }

    private boolean isOurs(HttpField field) {
      return FieldNames.SIGNED_RESPONSE.stream().anyMatch(field::is);
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
      if (!counted) {
        counted = true;
        outcomes.accept(
            !is200
                ? ResponseOutcome.NOT_200
                : joined ? ResponseOutcome.SIGNED : ResponseOutcome.CHANGED);
      }
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
