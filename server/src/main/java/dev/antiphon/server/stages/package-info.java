/**
 * What of a turn is the gateway's own time, and how late its event loops were: measured while it serves, kept as
 * HdrHistogram logs.
 */
@NullMarked
package dev.antiphon.server.stages;

import org.jspecify.annotations.NullMarked;
