package dev.antiphon.server.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What every client of the protocol needs, of the sixteen things that some client needs: the test that holds it. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Rule {
    int number();

    /** The rule, in a sentence for {@code docs/realtime-conformance.md}. */
    String value();
}
