/**
 * From the logs of measured points to tables and one page: medians over rounds, ratios to the floor of the same round.
 */
@NullMarked
package dev.antiphon.bench.suite.report;

import org.jspecify.annotations.NullMarked;
