/**
 * Virtual callers. Everything a caller does was fixed before the run by its number and the seed; nothing it receives
 * moves anything it sends.
 *
 * <pre>
 *                 CallerLoop (one event loop, all of its callers)
 *   clock ─▶ FrameWheel ─▶ Caller ─▶ CallerWire ─▶ CallerChannel ──ws──▶ gateway
 *            whose frame    CallerSchedule         frames made
 *            is due         what it says           once for all
 *
 *   recorder ◀─ Caller ◀─ StampReader ◀─ RealtimeReader / PcmReader ◀─ ServerFrames ◀─ CallerChannel ◀──ws── gateway
 *               turns, players
 * </pre>
 *
 * {@code FrameWheel}, {@code CallerSchedule} and {@code Caller} read no clock and open no socket: time is an argument.
 */
@NullMarked
package dev.antiphon.bench.load.caller;

import org.jspecify.annotations.NullMarked;
