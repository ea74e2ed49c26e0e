/**
 * The load harness: callers, a model, and what lies between them, in one process or in three.
 *
 * <pre>
 *  load callers ──────────▶ gateway, relay, … ──────────▶ load upstream
 *  caller                                                 upstream
 *    │  intended moment of a frame ───────────── uplink ───▶ request read
 *    ◀── all bytes of a piece there ──────── downlink ────── piece written, stamp inside its sound
 *    ▼
 *  record: histograms, counts, verdict
 * </pre>
 *
 * The load is open: a schedule fixed before the run says when each frame is sent, and nothing that comes back, or does
 * not, changes it. So a stall of whatever is measured delays many frames, as it would delay many people.
 */
@NullMarked
package dev.antiphon.bench.load;

import org.jspecify.annotations.NullMarked;
