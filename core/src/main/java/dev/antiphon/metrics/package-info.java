/**
 * Stages of a spoken turn and the timeline that stamps them. No exporter.
 */
@NullMarked
package dev.antiphon.metrics;

import org.jspecify.annotations.NullMarked;
