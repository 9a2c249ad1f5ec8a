// SPDX-License-Identifier: Apache-2.0
package io.dive.cli;

import io.dive.dns.RecordChange;
import io.dive.rotation.Progress;
import io.dive.rotation.RotationListener;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * Says what a rotation or revocation does: as lines of text, or as one JSON object at the end, and
 * while it waits one for each thing as it happens.
 */
final class RotationOutput implements RotationListener {
  private static final String RUN_AGAIN = "not done yet: run this again";

  private final Output output;
  private final boolean waits;
  private final List<String> steps = new ArrayList<>();
  private final List<Map<String, Object>> records = new ArrayList<>();

  RotationOutput(Output output, boolean waits) {
    this.output = output;
    this.waits = waits;
  }

  private void event(String name, Map<String, ? extends @Nullable Object> members) {
    if (waits) {
      Map<String, @Nullable Object> event = new LinkedHashMap<>();
      event.put("event", name);
      event.putAll(members);
      output.event(event);
    }
  }

  @Override
  public void starting(String action) {
    output.say("doing    " + action);
    event("doing", Map.of("what", action));
  }

  @Override
  public void done(String action) {
    steps.add(action);
    output.say("done     " + action);
    event("done", Map.of("what", action));
  }

  @Override
  public void waiting(Progress.Awaited awaited) {
    output.say("awaited  " + text(awaited));
    event("awaited", members(awaited));
  }

  /** Prints a change that somebody has to make. */
  void toPublish(RecordChange change) {
    change.removed().forEach(value -> print("remove", change, value));
    change.added().forEach(value -> print("publish", change, value));
  }

  private void print(String what, RecordChange change, String value) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("change", what);
    record.put("name", change.owner());
    record.put("ttl", change.ttl().toSeconds());
    record.put("type", "TXT");
    record.put("value", value);
    records.add(record);
    output.say("printed  %s this: %s".formatted(what, change.zoneFileLine(value)));
    event("printed", record);
  }

  private static String text(Progress.Awaited awaited) {
    return awaited.sentence()
        + awaited.shownUntil().map(until -> " (until " + until + ")").orElse("");
  }

  private static Map<String, @Nullable Object> members(Progress.Awaited awaited) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("awaited", awaited.sentence());
    members.put("until", awaited.shownUntil().map(Object::toString).orElse(null));
    members.put("protected", awaited.isProtected());
    return members;
  }

  /** Prints how far it has come. */
  int outcome(Progress progress) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("event", "outcome");
    json.put("done", progress.isDone());
    json.put("steps", steps);
    json.put("records", records);
    progress.awaited().ifPresent(awaited -> json.putAll(members(awaited)));
    output.print(
        json,
        progress
            .awaited()
            .map(
                awaited ->
                    "awaited  %s\n%s"
                        .formatted(
                            text(awaited),
                            awaited.isProtected()
                                ? "protected already, only clean-up is left: run this again"
                                : RUN_AGAIN))
            .orElse("all done"));
    return progress.isDone() ? CommandLine.ExitCode.OK : DiveCommand.RUN_AGAIN;
  }

  /** Prints what is under way. */
  int status(List<Progress.Awaited> underWay) {
    List<Map<String, @Nullable Object>> objects = new ArrayList<>();
    for (Progress.Awaited one : underWay) {
      Map<String, @Nullable Object> object = members(one);
      object.put("what", object.remove("awaited"));
      objects.add(object);
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("done", underWay.isEmpty());
    json.put("under-way", objects);
    output.print(
        json,
        underWay.isEmpty()
            ? "nothing is under way"
            : String.join("\n", underWay.stream().map(RotationOutput::text).toList()));
    return underWay.isEmpty() ? CommandLine.ExitCode.OK : DiveCommand.RUN_AGAIN;
  }

  /** Says, when the process is told to end, how to go on. */
  void interrupted() {
    String command = output.commandLine();
    output.say("interrupted: nothing is lost, and this goes on where it stopped:\n" + command);
    event("interrupted", Map.of("done", false, "command", command));
  }
}
