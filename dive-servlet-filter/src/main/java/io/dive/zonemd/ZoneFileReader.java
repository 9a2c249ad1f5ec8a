// SPDX-License-Identifier: Apache-2.0
package io.dive.zonemd;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Generator;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.TTL;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Tokenizer;
import org.xbill.DNS.Type;

/**
 * Reads the records of a zone file one by one (RFC 1035 §5, RFC 2308 §4, RFC 3597 §5). dnsjava's
 * own reader stops at ZONEMD records that a verifier has to ignore, hence this one, upon its
 * parsers of tokens and RDATA. {@code $INCLUDE} is refused: a name from the outside should not open
 * files.
 */
final class ZoneFileReader {
  private static final long NONE = -1;
  private static final int NONE_YET = -1;

  private final Tokenizer tokens;
  private Optional<Name> origin;
  private long defaultTtl = NONE;
  private long lastTtl = NONE;
  private @Nullable Name lastOwner;
  private String lastOwnerText = "";
  private @Nullable Generator generator;

  // What stands between the owner and the RDATA of the line at hand.
  private int type;
  private int dnsClass;
  private long ttl;

  /**
   * A reader at the start of a file.
   *
   * @param origin completes relative names until the first {@code $ORIGIN}
   */
  ZoneFileReader(InputStream in, Optional<Name> origin) {
    this.tokens = new Tokenizer(in);
    this.origin = origin;
  }

  /**
   * The next record; null at the end.
   *
   * @throws IOException if the text is no zone file; the message names the line
   */
  @Nullable Record next() throws IOException {
    if (generator != null) {
      Record generated = generator.nextRecord();
      if (generated != null) {
        return generated;
      }
      generator = null;
    }
    while (true) {
      Tokenizer.Token token = tokens.get(true, false);
      if (token.type() == Tokenizer.EOF) {
        return null;
      } else if (token.type() == Tokenizer.WHITESPACE) {
        Tokenizer.Token following = tokens.get();
        if (!following.isEOL()) {
          tokens.unget();
          return record(sameOwner());
        } else if (following.type() == Tokenizer.EOF) {
          return null;
        }
      } else if (token.type() != Tokenizer.EOL && token.value().startsWith("$")) {
        Record generated = directive(token.value().toUpperCase(Locale.ROOT));
        if (generated != null) {
          return generated;
        }
      } else if (token.type() != Tokenizer.EOL) {
        return record(owner(token.value()));
      }
    }
  }

  private Name sameOwner() throws IOException {
    if (lastOwner == null) {
      throw tokens.exception("the first record has no owner");
    }
    return lastOwner;
  }

  private Name owner(String text) throws IOException {
    if (lastOwner == null || !text.equals(lastOwnerText)) {
      try {
        lastOwner = Name.fromString(text, origin.orElse(null));
      } catch (TextParseException e) {
        throw tokens.exception(String.valueOf(e.getMessage()));
      }
      lastOwnerText = text;
      if (!lastOwner.isAbsolute()) {
        throw relative(text);
      }
    }
    return lastOwner;
  }

  private TextParseException relative(String name) {
    return tokens.exception(name + " is relative, without an $ORIGIN (give the zone's name)");
  }

  private @Nullable Record directive(String name) throws IOException {
    switch (name) {
      case "$ORIGIN" -> {
        origin = Optional.of(tokens.getName(origin.orElse(Name.root)));
        lastOwnerText = ""; // means another name now
        tokens.getEOL();
      }
      case "$TTL" -> {
        defaultTtl = tokens.getTTL();
        tokens.getEOL();
      }
      case "$GENERATE" -> {
        generator = generator();
        return generator.nextRecord();
      }
      case "$INCLUDE" ->
          throw tokens.exception(
              "$INCLUDE is not supported (write the included records into the file itself)");
      default -> throw tokens.exception("unknown directive " + name);
    }
    return null;
  }

  private Generator generator() throws IOException {
    String[] range = tokens.getIdentifier().split("[-/]", 3);
    String owner = tokens.getIdentifier();
    header();
    String rdata = tokens.getIdentifier();
    tokens.getEOL();
    try {
      return new Generator(
          Long.parseLong(range[0]),
          Long.parseLong(range[1]),
          range.length == 3 ? Long.parseLong(range[2]) : 1,
          owner,
          type,
          dnsClass,
          ttl,
          rdata,
          origin.orElseThrow(() -> new IllegalArgumentException("no $ORIGIN")));
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      throw tokens.exception("$GENERATE cannot be used: " + e.getMessage());
    }
  }

  private Record record(Name owner) throws IOException {
    header();
    boolean fromMinimum = ttl == NONE;
    if (fromMinimum && type != Type.SOA) {
      throw tokens.exception("a record without TTL before there is one (write $TTL)");
    }
    Record record;
    if (type == Type.ZONEMD && dnsClass == DClass.IN) {
      record = RawZonemd.parse(owner, ttl, tokens);
    } else {
      try {
        record =
            Record.fromString(
                owner, type, dnsClass, fromMinimum ? 0 : ttl, tokens, origin.orElse(null));
      } catch (IllegalArgumentException e) {
        throw origin.isEmpty()
            ? relative(String.valueOf(e.getMessage()))
            : tokens.exception(String.valueOf(e.getMessage()));
      }
    }
    if (fromMinimum) {
      // As BIND does: such an SOA record's TTL is its minimum.
      SOARecord soa = (SOARecord) record;
      defaultTtl = soa.getMinimum();
      record = withTtl(soa, defaultTtl);
    }
    lastTtl = record.getTTL();
    return record;
  }

  private static SOARecord withTtl(SOARecord soa, long ttl) {
    return new SOARecord(
        soa.getName(),
        soa.getDClass(),
        ttl,
        soa.getHost(),
        soa.getAdmin(),
        soa.getSerial(),
        soa.getRefresh(),
        soa.getRetry(),
        soa.getExpire(),
        soa.getMinimum());
  }

  /** TTL and class in either order, each of which may be missing, and the type. */
  private void header() throws IOException {
    ttl = defaultTtl != NONE ? defaultTtl : lastTtl;
    dnsClass = NONE_YET;
    boolean hasTtl = false;
    for (String text = tokens.getString(); ; text = tokens.getString()) {
      char first = text.isEmpty() ? ' ' : text.charAt(0);
      if (!hasTtl && first >= '0' && first <= '9') {
        ttl = ttl(text);
        hasTtl = true;
        continue;
      }
      int value = dnsClass == NONE_YET ? dnsClass(text) : NONE_YET;
      if (value != NONE_YET) {
        dnsClass = value;
        continue;
      }
      type = Type.value(text);
      if (type < 0) {
        throw tokens.exception("unknown type \"" + text + "\"");
      }
      dnsClass = dnsClass == NONE_YET ? DClass.IN : dnsClass;
      return;
    }
  }

  private static int dnsClass(String text) {
    return text.equals("IN") ? DClass.IN : DClass.value(text);
  }

  private long ttl(String text) throws IOException {
    try {
      return TTL.parseTTL(text);
    } catch (NumberFormatException e) {
      throw tokens.exception("\"" + text + "\" is no TTL");
    }
  }
}
