// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import jakarta.servlet.DispatcherType;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What the filter is mapped for in a class of cases; without this, for all dispatches. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@interface MappedFor {
  DispatcherType[] value();

  boolean asyncSupported() default true;
}
