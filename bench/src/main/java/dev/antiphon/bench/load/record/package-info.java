/**
 * What a run leaves behind: distributions, counts, and a verdict on the harness itself.
 *
 * <pre>
 *  Caller ─▶ LoadRecorder ─(each second)─▶ RunJournal ─▶ *.hlog, run.properties, a line of progress, a table
 *            Measure, Count                ProcessWatch, HarnessVerdict
 * </pre>
 *
 * <h2>Files of a run</h2>
 *
 * <p>One folder. {@code downlink.hlog}, {@code first-audio.hlog}, {@code uplink.hlog}, {@code bargein.hlog},
 * {@code lag.hlog} and the others of {@link dev.antiphon.bench.load.record.Measure} are interval logs of HdrHistogram: an
 * interval of a second each, values in nanoseconds, the tag is the file's name without its suffix. An interval in which
 * nothing was recorded is left out.
 *
 * <p>{@code run.properties} has a line {@code key=value} for each of
 *
 * <pre>
 *  target, protocol, turns, uplink, sessions, seconds, warmup.seconds, frame.millis, seed   as asked for
 *  late.bound.millis          a piece slower than this is late
 *  frames.sent, frames.late   late: more than 5 ms behind schedule, by fault of the harness
 *  pieces.expected, .received, .dropped, .broken, .late    of measured answers; what was cut owes no more pieces
 *  underruns, underrun.millis                              of a player that begins with 100 ms
 *  underruns.upstream, underrun.upstream.millis            of the same player right beside the model
 *  turns.completed, .failed, .interrupted; sessions.failed; error.events
 *  uplinks.impossible         turns whose deciding frame the server names wrongly; they are not in uplink.hlog
 *  session.seconds            sessions that were up, added up over the measured seconds
 *  cpu.NAME.seconds           user and system time of a watched process over the measured seconds
 *  rss.NAME.idle.bytes        before any session; .connected.bytes: all connected, no turn yet; rss.NAME.bytes: at the end
 *  rss.NAME.anonymous…        the part of it that belongs to the process alone
 *  lag.p99.nanos, harness.ok, harness.verdict
 *  gateway                    how the gateway describes itself, where it is in the same process
 *  machine, jdk, started
 * </pre>
 *
 * <h2>What is measured from where</h2>
 *
 * <p>A turn belongs to the run by the moment it was to end, and then everything of its answer does, however late it comes:
 * {@link dev.antiphon.bench.load.record.RunWindow}. Latencies of what callers send begin at the intended moment, never at
 * the actual one. Pieces of answers are counted from both: {@code downlink} from the moment the model handed the piece to
 * its connection, which never waits for a reader and so hides no stall of what lies between, and
 * {@code downlink-intended} from the moment it was to be sent. The difference is the model's own lateness,
 * {@code upstream-lag}, which is the harness's and must not be counted for or against a gateway.
 */
@NullMarked
package dev.antiphon.bench.load.record;

import org.jspecify.annotations.NullMarked;
