package dev.antiphon.bench.suite.report;

/**
 * One measured point of a chart.
 *
 * <p>Threading: immutable.
 *
 * @param hollow the harness was too slow for it
 */
record Mark(double x, Spread y, boolean hollow) {}
