/**
 * {@code text/event-stream} bytes to events (WHATWG HTML 9.2). No JSON, no I/O.
 */
@NullMarked
package dev.antiphon.sse;

import org.jspecify.annotations.NullMarked;
