/**
 * What the twin decides to answer: a request and the memory of earlier answers in, words or sound or tool calls out.
 */
@NullMarked
package dev.antiphon.server.twin.brain;

import org.jspecify.annotations.NullMarked;
