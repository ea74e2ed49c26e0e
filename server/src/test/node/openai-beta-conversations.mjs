// Three conversations of the official Node client's beta class, which speaks the beta dialect; see conversation.mjs.

import assert from 'node:assert/strict';
import { OpenAIRealtimeWS } from 'openai/beta/realtime/ws';
import { BYTES_PER_MILLI, hold, question, silence } from './conversation.mjs';

const serverVad = { type: 'server_vad', silence_duration_ms: 500, create_response: true, interrupt_response: true };

const beta = {
  Client: OpenAIRealtimeWS,
  audioDelta: 'response.audio.delta',
  transcriptDelta: 'response.audio_transcript.delta',
  sessionUpdate: (settings) => settings,
};

await hold(beta, {
  async 'beta-typed-question'(conversation) {
    conversation.write('Who are you?');
    const created = await conversation.await('conversation.item.created');
    assert.equal(created.previous_item_id, null);
    assert.equal(created.item.content[0].text, 'Who are you?');
    const answer = await conversation.answer();
    assert.equal(answer.done.status, 'completed');
    assert.match(answer.transcript, /^I am the twin/);
    assert.ok(answer.bytes > 1_000 * BYTES_PER_MILLI, `sound of ${answer.bytes} bytes`);
    assert.deepEqual(answer.done.modalities.sort(), ['audio', 'text']);
    assert.deepEqual(answer.done.output[0].content, [{ type: 'audio', transcript: answer.transcript }]);
    assert.ok(answer.done.usage.output_token_details.audio_tokens > 0);
  },

  async 'beta-push-to-talk'(conversation) {
    const { session } = await conversation.configure({ turn_detection: null });
    assert.equal(session.turn_detection, null);
    assert.equal(session.input_audio_format, 'pcm16');
    assert.deepEqual(session.modalities.sort(), ['audio', 'text']);
    conversation.speak(question);
    conversation.send({ type: 'input_audio_buffer.commit' });
    const committed = await conversation.next();
    assert.equal(committed.type, 'input_audio_buffer.committed');
    assert.equal(committed.previous_item_id, null);
    const created = await conversation.next();
    assert.equal(created.type, 'conversation.item.created');
    assert.equal(created.item.id, committed.item_id);
    conversation.send({ type: 'response.create' });
    const answer = await conversation.answer();
    assert.equal(answer.done.status, 'completed');
    const seconds = (question.length / BYTES_PER_MILLI / 1_000).toFixed(1);
    assert.ok(answer.transcript.includes(`I heard ${seconds} seconds of speech`), answer.transcript);
  },

  async 'beta-barge-in'(conversation) {
    await conversation.configure({ instructions: 'speak for 10 seconds', turn_detection: serverVad });
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

    await conversation.configure({ instructions: '', turn_detection: serverVad });
    conversation.speak(silence);
    await conversation.await('input_audio_buffer.committed');
    const next = await conversation.answer();
    assert.equal(next.done.status, 'completed');
    assert.match(next.transcript, /^I heard .* seconds of speech/);
  },
});
