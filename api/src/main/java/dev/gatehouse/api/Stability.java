package dev.gatehouse.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a release may change about a package or type. Every exported package of the API, the
 * launcher and the test kit has one; a type may have another than its package. What is not exported
 * has none and changes at any time.
 *
 * @since 0.1.0
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.PACKAGE, ElementType.TYPE})
public @interface Stability {

  /** How much may change. */
  Level value();

  /** How much may change, and when. */
  enum Level {
    /**
     * Code that was compiled against it works with every later release of the same major version.
     * What is to go was deprecated for one minor version before.
     */
    STABLE,
    /** A minor version may change it; the change log says how to follow. */
    EVOLVING
  }
}
