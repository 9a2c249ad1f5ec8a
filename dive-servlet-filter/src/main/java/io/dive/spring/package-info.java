// SPDX-License-Identifier: Apache-2.0
/** Auto-configuration for Spring Boot 3 and 4; nothing else refers to this package. */
@NullMarked
package io.dive.spring;

import org.jspecify.annotations.NullMarked;
