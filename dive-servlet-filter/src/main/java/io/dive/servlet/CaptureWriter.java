// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UnsupportedEncodingException;
import java.io.Writer;
import java.nio.charset.Charset;

/**
 * The writer that the application writes to. It keeps no characters back, so that the count of
 * bytes is always right, and its stream can be reopened after an include.
 */
final class CaptureWriter extends PrintWriter {
  private final Encoder encoder;

  private CaptureWriter(Encoder encoder) {
    super(encoder);
    this.encoder = encoder;
  }

  /**
   * A writer onto a stream.
   *
   * @throws UnsupportedEncodingException if the runtime does not know the charset
   */
  static CaptureWriter open(OutputStream stream, String charset)
      throws UnsupportedEncodingException {
    try {
      return new CaptureWriter(new Encoder(stream, Charset.forName(charset)));
    } catch (IllegalArgumentException e) {
      throw (UnsupportedEncodingException) new UnsupportedEncodingException(charset).initCause(e);
    }
  }

  /** Forgets the encoder's state (byte order mark, shift state) together with the body. */
  void restart() {
    encoder.restart();
  }

  /** Writes what the charset demands at the end. */
  void complete() throws IOException {
    encoder.complete();
  }

  @Override
  public void close() {
    try {
      encoder.close();
    } catch (IOException e) {
      setError();
    }
  }

  private static final class Encoder extends Writer {
    private final OutputStream stream;
    private final Charset charset;
    private OutputStreamWriter characters;

    Encoder(OutputStream stream, Charset charset) {
      this.stream = stream;
      this.charset = charset;
      this.characters = new OutputStreamWriter(new BytesOnly(stream), charset);
    }

    void restart() {
      characters = new OutputStreamWriter(new BytesOnly(stream), charset);
    }

    @Override
    public void write(char[] buffer, int offset, int count) throws IOException {
      characters.write(buffer, offset, count);
      characters.flush();
    }

    @Override
    public void write(String text, int offset, int count) throws IOException {
      characters.write(text, offset, count);
      characters.flush();
    }

    @Override
    public void flush() throws IOException {
      stream.flush();
    }

    void complete() throws IOException {
      characters.close();
    }

    @Override
    public void close() throws IOException {
      complete();
      restart();
      stream.close();
    }
  }

  /** Keeps the encoder's flush and close to itself. */
  private static final class BytesOnly extends FilterOutputStream {
    BytesOnly(OutputStream stream) {
      super(stream);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
      out.write(bytes, offset, count);
    }

    @Override
    public void flush() {
      // The application's own flush goes past the encoder.
    }

    @Override
    public void close() {
      // The application's own close goes past the encoder.
    }
  }
}
