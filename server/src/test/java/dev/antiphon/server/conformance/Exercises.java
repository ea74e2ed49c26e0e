package dev.antiphon.server.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The foreign client with which a test class talks to the gateway, for {@code docs/realtime-conformance.md}. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface Exercises {
    /** Each as {@code name version: what it does}. */
    String[] value();
}
