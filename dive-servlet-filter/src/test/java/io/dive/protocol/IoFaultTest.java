// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Words for what went wrong with a file or a server; never a class name. */
class IoFaultTest {
  private static final List<IOException> FILES =
      List.of(
          new NoSuchFileException("/x"),
          new AccessDeniedException("/x"),
          new FileAlreadyExistsException("/x"),
          new DirectoryNotEmptyException("/x"),
          new MalformedInputException(1),
          new IOException("Is a directory"),
          new FileSystemException("/x", null, "Is a directory"),
          new FileSystemException("/x", null, "Not a directory"),
          new FileSystemException("/x", null, "Too many levels of symbolic links"),
          new FileSystemException("/x", null, "No space left on device"),
          new FileSystemException("/x"),
          new IOException((String) null));

  private static void assertWords(String text) {
    assertFalse(text.isBlank());
    assertFalse(text.contains("Exception"), text);
    assertFalse(text.contains("java."), text);
    assertFalse(text.contains("null"), text);
    assertFalse(text.contains("/x"), text);
  }

  @Test
  void faultsOfFiles_areWordsWithoutThePath() {
    for (IOException fault : FILES) {
      assertWords(IoFault.reading(fault));
      assertWords(IoFault.writing(fault));
    }
  }

  @Test
  void faultsOfFiles_sayWhatToDo() {
    assertEquals("does not exist; check the path", IoFault.reading(new NoSuchFileException("/x")));
    assertTrue(IoFault.writing(new NoSuchFileException("/x")).contains("create that first"));
    assertTrue(IoFault.reading(new AccessDeniedException("/x")).contains("permissions"));
    assertTrue(IoFault.reading(new MalformedInputException(1)).contains("UTF-8"));
    for (IOException directory : List.of(FILES.get(5), FILES.get(6))) {
      assertTrue(IoFault.reading(directory).contains("is a directory; name a file"));
      assertTrue(IoFault.writing(directory).contains("is a directory; name a file"));
    }
    assertEquals(
        "cannot be written: No space left on device",
        IoFault.writing(new FileSystemException("/x", null, "No space left on device")));
  }

  @Test
  void faultsOfConnections_areWords() {
    for (Throwable fault :
        List.of(
            new ConnectException(),
            new NoRouteToHostException(),
            new UnknownHostException("x.test"),
            new EOFException(),
            new ClosedChannelException(),
            new IOException((String) null))) {
      assertWords(IoFault.connecting(fault));
    }
    assertEquals("it broke", IoFault.connecting(new IOException("it broke")));
  }
}
