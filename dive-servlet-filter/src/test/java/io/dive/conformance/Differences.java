// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Several containers that cannot do what a case shows, each for its own reason. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@interface Differences {
  Differs[] value();
}
