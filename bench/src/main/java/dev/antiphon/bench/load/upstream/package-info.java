/**
 * A model that answers by a script: its answers are drawn from a seed, paced, and stamped.
 *
 * <pre>
 *  POST /v1/chat/completions ─▶ ChatHandler ───┐                    ┌─▶ ChatAnswerWriter   SSE, as a provider was recorded
 *                                              ├─▶ Answer ─(timer)──┤
 *  GET /v1/realtime ─upgrade─▶ DirectHandler ──┘   AnswerPlan       └─▶ DirectAnswerWriter frames of Realtime, no gateway
 * </pre>
 *
 * The second way answers the callers themselves, so that a relay of bytes between the two shows what no gateway can beat.
 */
@NullMarked
package dev.antiphon.bench.load.upstream;

import org.jspecify.annotations.NullMarked;
