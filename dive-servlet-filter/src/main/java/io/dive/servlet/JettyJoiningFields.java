// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;

/**
 * Fields that join the head of a response of Jetty 12. Set on the response, they would cost a third
 * of what a small file costs altogether, because Jetty's file servlets go through all fields for
 * each of their own. Nothing else may refer to this class before Jetty is known to be there.
 */
final class JettyJoiningFields implements JoiningFields {
  private static final Set<HttpHeader> CONDITIONAL =
      JettyFields.known(DirectAnswers.CONDITIONAL_FIELDS);

  private static final DateTimeFormatter LAST_MODIFIED =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  /** From Jetty's servlet request of any Servlet version to the one behind it. */
  private static final ClassValue<Optional<MethodHandle>> REQUESTS =
      new ClassValue<>() {
        @Override
        protected Optional<MethodHandle> computeValue(Class<?> type) {
          return JettyFields.behind(
              type, "getRequest", MethodType.methodType(Request.class, HttpServletRequest.class));
        }
      };

  private final JettyFields fields;
  private final boolean noTransform;
  private final long length;
  private final String lastModified;

  private JettyJoiningFields(FileSignatures.Signed signed, boolean noTransform) {
    this.fields = new JettyFields(signed.fields());
    this.noTransform = noTransform;
    this.length = signed.attributes().size();
    this.lastModified = LAST_MODIFIED.format(signed.attributes().lastModifiedTime().toInstant());
  }

  /** As {@link JoiningFields#of}; empty for a request that is not Jetty's own. */
  static Optional<JoiningFields> of(
      HttpServletRequest request, FileSignatures.Signed signed, boolean noTransform) {
    boolean hasTime = signed.attributes().lastModifiedTime().toMillis() > 0; // or Jetty tells none
    return hasTime && REQUESTS.get(request.getClass()).isPresent()
        ? Optional.of(new JettyJoiningFields(signed, noTransform))
        : Optional.empty();
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
    List<HttpField> ours = fields.by(behind.getConnectionMetaData().getHttpVersion());
    behind.addHttpStreamWrapper(stream -> new Joined(stream, ours, outcomes));
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
    } catch (Throwable e) {
      throw JettyFields.unexpected(e);
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
          saysNoTransform |= JettyFields.saysNoTransform(field);
        } else if (name == HttpHeader.CONTENT_ENCODING || JettyFields.isOurs(field)) {
          asItIs = false;
        }
      }
      joined = whole && unchanged && asItIs;
      if (joined) {
        for (HttpField field : fields) {
          headers.add(field);
        }
        if (noTransform && !saysNoTransform) {
          headers.add(JettyFields.NO_TRANSFORM);
        }
      }
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
