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
 *
 * <h2>In three processes</h2>
 *
 * <pre>
 *  BENCH="java -jar bench/target/antiphon-bench.jar load"
 *  taskset -c 0 $BENCH upstream --listen 127.0.0.1:9100 &amp;
 *  ANTIPHON_LISTEN=127.0.0.1:9200 ANTIPHON_UPSTREAM_URL=http://127.0.0.1:9100/v1 ANTIPHON_UPSTREAM_MODEL=scripted \
 *      taskset -c 1 java -jar server/target/antiphon.jar &amp;
 *  taskset -c 0 $BENCH callers --target ws://127.0.0.1:9200 --sessions 500 --watch gateway=$! --out run
 * </pre>
 *
 * All of them on one machine: moments are compared across processes. {@code load run} is all three in one.
 *
 * <h2>What a server must understand to be called</h2>
 *
 * <p>With {@code --turns manual}: {@code input_audio_buffer.append}, {@code input_audio_buffer.commit},
 * {@code response.create}, {@code response.cancel}; it may pass over anything else, such as the one
 * {@code session.update} at the beginning. It sends {@code response.output_audio.delta} and {@code response.done}, each
 * in one WebSocket frame; whatever else it sends is passed over. The sound of the model must come through unchanged, cut
 * and joined as it likes.
 */
@NullMarked
package dev.antiphon.bench.load;

import org.jspecify.annotations.NullMarked;
