// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.dive.protocol.HashAlgorithm;
import io.dive.settings.Mode;
import io.dive.settings.SidecarSettings;
import io.dive.sidecar.SigningProgress;
import io.dive.sidecar.TreeSigner;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.eclipse.jetty.ee10.servlet.DefaultServlet;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Less usual ways to register the filter, in Jetty, judged by what comes over the socket. */
class JettyRegistrationTest extends DiveFilterSuite {
  private static final EnumSet<DispatcherType> DISPATCHERS =
      EnumSet.of(DispatcherType.REQUEST, DispatcherType.FORWARD, DispatcherType.ASYNC);

  private int start(Consumer<ServletContextHandler> registering) throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    context.setBaseResourceAsPath(files);
    context.addServlet(DefaultServlet.class, "/");
    registering.accept(context);
    server.setHandler(context);
    started.add(new FilterContainer.Running(0, Set.of(), () -> {}, server::stop));
    server.start();
    return connector.getLocalPort();
  }

  private FilterHolder filter(Mode... modes) {
    FilterHolder holder =
        new FilterHolder(
            new DiveFilter(
                settings()
                    .rule("/**", modes)
                    .sidecars(
                        new SidecarSettings(
                            SidecarSettings.Stale.FAIL, SidecarSettings.Verify.SIZE, 10, false))
                    .build(),
                new MicrometerMetrics(meters),
                nanos::get));
    holder.setAsyncSupported(true);
    return holder;
  }

  @Test
  void oneRegistrationWithTwoMappings_signsOnce() throws Exception {
    int port =
        start(
            context -> {
              FilterHolder filter = filter(Mode.STATIC);
              context.addFilter(filter, "/*", DISPATCHERS);
              context.addFilter(filter, "/small.txt", DISPATCHERS);
            });
    for (int i = 0; i < 4; i++) {
      RawAnswer answer = get(port, "/small.txt");
      assertSigned(answer, "small\n".getBytes(StandardCharsets.US_ASCII));
      assertEquals("no-transform", answer.value("Cache-Control"));
      if (i == 0) {
        settle(); // From the third on its fields join.
      }
    }
    assertCounted(4, Mode.STATIC, ResponseOutcome.SIGNED);
    assertCounted(0, Mode.STATIC, ResponseOutcome.CHANGED); // as a second one would find it
  }

  /** Who refuses before the filter leaves the error page the first that it sees of the request. */
  @Test
  void theErrorPageOfAFilterBefore_thatForwardsToAFile_isUnsigned() throws Exception {
    Filter refusing = (request, response, chain) -> ((HttpServletResponse) response).sendError(403);
    HttpServlet page =
        new HttpServlet() {
          @Override
          protected void doGet(HttpServletRequest request, HttpServletResponse response)
              throws IOException, ServletException {
            response.setStatus(200);
            request.getRequestDispatcher("/small.txt").forward(request, response);
          }
        };
    int port =
        start(
            context -> {
              context.addFilter(new FilterHolder(refusing), "/private.txt", DISPATCHERS);
              context.addFilter(filter(Mode.STATIC), "/*", DISPATCHERS);
              context.addServlet(new ServletHolder(page), "/page");
              ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
              errors.addErrorPage(403, "/page");
              context.setErrorHandler(errors);
            });
    RawAnswer answer = get(port, "/private.txt");
    assertUnsigned(200, answer);
    assertEquals("small\n", answer.body());
    assertSigned(get(port, "/small.txt"), answer.body().getBytes(StandardCharsets.US_ASCII));
  }

  /** What was refused is answered, whatever a filter before makes of that. */
  @ParameterizedTest
  @ValueSource(strings = {"/big.bin.dive", "/big.bin"})
  void aFilterBefore_thatForwardsInPlaceOfARefusal_isLeftUnsigned(String refused) throws Exception {
    new TreeSigner(List.of(signer), HashAlgorithm.SHA_256, TreeSigner.Options.DEFAULT)
        .sign(List.of(files.resolve("big.bin")), SigningProgress.NONE);
    Files.write(files.resolve("big.bin"), new byte[BIG + 1]); // its sidecar is stale
    Filter replacing =
        (request, response, chain) -> {
          HttpServletResponse target = (HttpServletResponse) response;
          chain.doFilter(
              request,
              new HttpServletResponseWrapper(target) {
                @Override
                public void sendError(int status) throws IOException {
                  try {
                    request.getRequestDispatcher("/small.txt").forward(request, target);
                  } catch (ServletException e) {
                    throw new IOException(e);
                  }
                }
              });
        };
    int port =
        start(
            context -> {
              context.addFilter(new FilterHolder(replacing), refused, DISPATCHERS);
              context.addFilter(filter(Mode.SIDECAR, Mode.STATIC), "/*", DISPATCHERS);
            });
    RawAnswer answer = get(port, refused);
    assertUnsigned(200, answer);
    assertEquals("small\n", answer.body());
    assertSigned(get(port, "/small.txt"), answer.body().getBytes(StandardCharsets.US_ASCII));
  }
}
