// SPDX-License-Identifier: Apache-2.0
package io.dive.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Containers that cannot do what a case shows. The case asserts what they do instead (it asks
 * {@link Conformance#differs}), and the document gives the reason.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Repeatable(Differences.class)
@interface Differs {
  Kind[] in();

  /** What they do instead and why, as one sentence. */
  String because();
}
