/**
 * How a piece of an answer carries its own story through whatever lies between a model and a listener: where it stands in
 * the answer, how long it is, and when it was sent, all of it inside the sound.
 *
 * <pre>
 *  PCM16 of an answer   |stamp|sound………………|stamp|sound………|stamp|sound……………………|
 *                        └ piece 0 of 3 ──┘ └ piece 1 ─┘ └ piece 2 ───────┘
 * </pre>
 *
 * A gateway may cut and join this stream as it likes; {@link dev.antiphon.bench.load.stamp.StampReader} finds the pieces
 * again. All sound of a stamp's piece is known to both ends, so a byte that is lost or changed is noticed.
 */
@NullMarked
package dev.antiphon.bench.load.stamp;

import org.jspecify.annotations.NullMarked;
