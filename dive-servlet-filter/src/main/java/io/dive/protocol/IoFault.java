// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;

/**
 * What an input or output error means, in words for the operator, and what to do: the ends of
 * sentences that begin with the name of a file or server, which exceptions may not know. No class
 * name is in them.
 */
public final class IoFault {
  private static final String IS_DIRECTORY = "Is a directory";
  private static final String NOT_DIRECTORY = "Not a directory";

  private IoFault() {}

  /** Of a file or directory that was to be read, such as "does not exist; check the path". */
  public static String reading(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "does not exist; check the path";
    } else if (e instanceof AccessDeniedException) {
      return "may not be read by the user this process runs as; change its owner or permissions";
    } else if (e instanceof CharacterCodingException) {
      return "is not UTF-8 text; save it as UTF-8";
    } else if (IS_DIRECTORY.equals(detail(e))) {
      return "is a directory; name a file";
    }
    return pathFault(e, "read");
  }

  /**
   * Of a file that was to be written, such as "cannot be written: its directory does not exist;
   * create that first".
   */
  public static String writing(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "cannot be written: its directory does not exist; create that first";
    } else if (e instanceof AccessDeniedException) {
      return "cannot be written by the user this process runs as; name another directory, or change"
          + " its permissions";
    } else if (e instanceof FileAlreadyExistsException) {
      return "exists already and is not overwritten; name a new file";
    } else if (IS_DIRECTORY.equals(detail(e))) {
      return "cannot be written: it is a directory; name a file";
    }
    return pathFault(e, "written");
  }

  private static String pathFault(IOException e, String done) {
    if (NOT_DIRECTORY.equals(detail(e))) {
      return "cannot be %s: what its path names as its directory is none; check the path"
          .formatted(done);
    } else if (e instanceof FileSystemLoopException
        || "Too many levels of symbolic links".equals(detail(e))) {
      return "cannot be %s: its symbolic links lead in a circle; mend them".formatted(done);
    }
    String detail = detail(e);
    return "cannot be " + done + (detail.isEmpty() ? "" : ": " + Excerpt.of(detail));
  }

  /** What the system said, without the path that most such messages begin with. */
  private static String detail(IOException e) {
    String said = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
    return said == null ? "" : said;
  }

  /** Of a server that was to be asked, such as "nothing listens there". */
  public static String connecting(Throwable e) {
    if (e instanceof PortUnreachableException || e instanceof ConnectException) {
      return "nothing listens there, or a firewall refuses";
    } else if (e instanceof NoRouteToHostException) {
      return "there is no way to it from here";
    } else if (e instanceof UnknownHostException || e instanceof UnresolvedAddressException) {
      return "there is no host of that name";
    } else if (e instanceof EOFException || e instanceof ClosedChannelException) {
      return "it closed the connection";
    }
    String said = e.getMessage();
    return said == null || said.isBlank() ? "the connection broke" : Excerpt.of(said);
  }
}
