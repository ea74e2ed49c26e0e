// Three conversations of the official Node client in the GA dialect; see conversation.mjs.

import assert from 'node:assert/strict';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { BYTES_PER_MILLI, hold, question, silence } from './conversation.mjs';

const turnDetection = (turn_detection) => ({ audio: { input: { turn_detection } } });
const serverVad = (create_response) =>
  turnDetection({ type: 'server_vad', silence_duration_ms: 500, create_response, interrupt_response: true });

const ga = {
  Client: OpenAIRealtimeWS,
  audioDelta: 'response.output_audio.delta',
  transcriptDelta: 'response.output_audio_transcript.delta',
  sessionUpdate: (settings) => ({ type: 'realtime', ...settings }),
};

await hold(ga, {
  async 'typed-question'(conversation) {
    conversation.write('Who are you?');
    const answer = await conversation.answer();
    assert.equal(answer.done.status, 'completed');
    assert.match(answer.transcript, /^I am the twin/);
    assert.ok(answer.bytes > 1_000 * BYTES_PER_MILLI, `sound of ${answer.bytes} bytes`);
    assert.ok(answer.done.usage.output_token_details.audio_tokens > 0);
  },

  async 'push-to-talk'(conversation) {
    const updated = await conversation.configure(turnDetection(null));
    assert.equal(updated.session.audio.input.turn_detection, null);
    conversation.speak(question);
    conversation.send({ type: 'input_audio_buffer.commit' });
    const committed = await conversation.next();
    assert.equal(committed.type, 'input_audio_buffer.committed');
    assert.equal(committed.previous_item_id, null);
    conversation.send({ type: 'response.create' });
    const answer = await conversation.answer();
    assert.equal(answer.done.status, 'completed');
    const seconds = (question.length / BYTES_PER_MILLI / 1_000).toFixed(1);
    assert.ok(answer.transcript.includes(`I heard ${seconds} seconds of speech`), answer.transcript);
  },

  async 'barge-in'(conversation) {
    await conversation.configure({ instructions: 'speak for 10 seconds', ...serverVad(true) });
    conversation.speak(question);
    conversation.speak(silence);
    await conversation.await('input_audio_buffer.speech_stopped');
    const begun = await conversation.answer((answer) => answer.bytes > 2_500 * BYTES_PER_MILLI);
    assert.ok(!begun.done, 'the answer was over before it was spoken into');

    conversation.speak(question);
    const answer = await conversation.answer(undefined, begun);
    assert.ok(answer.interrupted, 'speech_started');
    assert.equal(answer.done.status, 'cancelled');
    assert.equal(answer.done.status_details.reason, 'turn_detected');
    assert.equal(answer.done.output[0].status, 'incomplete');

    const truncate = { item_id: answer.itemId, content_index: 0, audio_end_ms: 2_000 };
    conversation.send({ type: 'conversation.item.truncate', ...truncate });
    const truncated = await conversation.await('conversation.item.truncated');
    assert.equal(truncated.item_id, answer.itemId);
    assert.equal(truncated.audio_end_ms, 2_000);

    await conversation.configure({ instructions: '', ...serverVad(true) });
    conversation.speak(silence);
    await conversation.await('input_audio_buffer.committed');
    const next = await conversation.answer();
    assert.equal(next.done.status, 'completed');
    assert.match(next.transcript, /^I heard .* seconds of speech/);
    const started = conversation.lines.filter((line) => line.includes('"input_audio_buffer.speech_started"'));
    assert.equal(started.length, 2, 'turns: the question and the interruption');
  },
});
