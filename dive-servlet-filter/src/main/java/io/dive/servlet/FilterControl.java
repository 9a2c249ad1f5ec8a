// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.protocol.DiveException;
import jakarta.servlet.FilterConfig;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanRegistrationException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A filter as JMX sees it, registered as long as it is open. */
final class FilterControl implements DiveFilterMXBean, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FilterControl.class);

  private final Reloader reloader;
  private final LiveSite live;
  private final Optional<ObjectName> name;

  /** Registers; a filter that JMX does not take goes on without. */
  FilterControl(FilterConfig config, Reloader reloader, LiveSite live) {
    this.reloader = reloader;
    this.live = live;
    this.name = register(config);
  }

  private Optional<ObjectName> register(FilterConfig config) {
    try {
      String path = config.getServletContext().getContextPath();
      ObjectName wanted =
          new ObjectName(
              "io.dive:type=Filter,context=%s,name=%s"
                  .formatted(
                      ObjectName.quote(path.isEmpty() ? "/" : path),
                      ObjectName.quote(String.valueOf(config.getFilterName()))));
      ManagementFactory.getPlatformMBeanServer().registerMBean(this, wanted);
      return Optional.of(wanted);
    } catch (JMException e) {
      LOG.warn("The filter is not in JMX: {}", e.toString());
      return Optional.empty();
    }
  }

  @Override
  public String getLastReload() {
    return reloader.loadedAt().toString();
  }

  @Override
  public String getLastError() {
    return reloader.refusal().map(Refusals.Refusal::message).orElse("");
  }

  @Override
  public int getReplacedAndInUse() {
    return live.draining();
  }

  @Override
  public void reload() {
    try {
      reloader.reload();
    } catch (DiveException e) {
      // Without the cause: who asks from afar does not have its class.
      throw new IllegalStateException(e.getMessage());
    }
  }

  /** Takes the filter out of JMX. */
  @Override
  public void close() {
    name.ifPresent(
        registered -> {
          try {
            ManagementFactory.getPlatformMBeanServer().unregisterMBean(registered);
          } catch (InstanceNotFoundException | MBeanRegistrationException e) {
            LOG.debug("{} was gone from JMX: {}", registered, e.toString());
          }
        });
  }
}
