/**
 * Runs the load against the gateway and its baselines, point by point: starts the scripted model and the target, waits until
 * it answers, lets the callers call, stops everything. The points of all targets take turns, so that what disturbs one
 * disturbs all.
 *
 * <pre>
 *   callers (harness cpu) ──▶ target (gateway cpu) ──▶ scripted model (harness cpu)
 * </pre>
 */
@NullMarked
package dev.antiphon.bench.suite;

import org.jspecify.annotations.NullMarked;
