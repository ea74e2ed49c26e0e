// Three conversations of the official Node client with a gateway on a plain port of loopback.
//
//   node openai-conversations.mjs PORT QUESTION.pcm FRAMES_DIRECTORY
//
// Exits with 0 when all of them went as they must; otherwise says what did not and exits with 1. Every frame is kept as it
// came, one JSON line each, in FRAMES_DIRECTORY/<conversation>.jsonl, for whoever wants to look at their order.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';

const PATIENCE_MILLIS = 10_000;
const FRAME_BYTES = 960; // 20 ms of PCM16 at 24 kHz
const BYTES_PER_MILLI = 48;

const [port, questionFile, framesDirectory] = process.argv.slice(2);
const question = fs.readFileSync(questionFile);

class Conversation {
  #events = [];
  #waiting = null;
  #end = null;

  constructor(name) {
    this.lines = [];
    this.file = path.join(framesDirectory, `${name}.jsonl`);
    const client = new OpenAI({ apiKey: 'no-key-is-needed', baseURL: `http://127.0.0.1:${port}/v1` });
    // The client always speaks wss; the gateway under test has a plain port.
    const options = { createConnection: () => net.connect(Number(port), '127.0.0.1') };
    this.realtime = new OpenAIRealtimeWS({ model: 'gpt-realtime', options }, client);
    this.realtime.socket.on('message', (data) => this.lines.push(data.toString()));
    this.realtime.on('event', (event) => this.#take(event));
    this.realtime.on('error', (error) => this.#fail(error));
    this.realtime.socket.on('close', (code) => this.#fail(new Error(`closed with ${code}`)));
  }

  #take(event) {
    const waiting = this.#waiting;
    this.#waiting = null; // several frames may come in one turn of the event loop
    if (waiting) waiting.resolve(event);
    else this.#events.push(event);
  }

  #fail(error) {
    this.#end ??= error;
    this.#waiting?.reject(error);
  }

  send(event) {
    this.realtime.send(event);
  }

  async next() {
    if (this.#events.length > 0) return this.#events.shift();
    if (this.#end) throw this.#end;
    let timer;
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject };
        timer = setTimeout(() => reject(new Error(`no event for ${PATIENCE_MILLIS} ms`)), PATIENCE_MILLIS);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting = null;
    }
  }

  async await(type) {
    for (;;) {
      const event = await this.next();
      if (event.type === type) return event;
    }
  }

  /** Reads a response from response.created on, until it is done or `enough` of it has come. */
  async answer(enough = () => false, answer = null) {
    answer ??= { id: (await this.await('response.created')).response.id, bytes: 0, transcript: '', itemId: '' };
    while (!answer.done && !enough(answer)) {
      const event = await this.next();
      if (event.type === 'response.output_audio.delta') {
        assert.ok(!answer.interrupted, 'sound after speech_started');
        answer.bytes += Buffer.from(event.delta, 'base64').length;
        answer.itemId = event.item_id;
      }
      if (event.type === 'response.output_audio_transcript.delta') answer.transcript += event.delta;
      if (event.type === 'input_audio_buffer.speech_started') answer.interrupted = true;
      if (event.type === 'response.done') answer.done = event.response;
    }
    if (answer.done) assert.equal(answer.done.id, answer.id);
    return answer;
  }

  speak(pcm) {
    for (let from = 0; from < pcm.length; from += FRAME_BYTES) {
      const audio = pcm.subarray(from, from + FRAME_BYTES).toString('base64');
      this.send({ type: 'input_audio_buffer.append', audio });
    }
  }

  write(text) {
    const content = [{ type: 'input_text', text }];
    this.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
    this.send({ type: 'response.create' });
  }

  configure(session) {
    this.send({ type: 'session.update', session: { type: 'realtime', ...session } });
    return this.await('session.updated');
  }

  close() {
    fs.writeFileSync(this.file, this.lines.join('\n'));
    this.realtime.close();
  }
}

const turnDetection = (turn_detection) => ({ audio: { input: { turn_detection } } });
const serverVad = (create_response) =>
  turnDetection({ type: 'server_vad', silence_duration_ms: 500, create_response, interrupt_response: true });
const silence = Buffer.alloc(800 * BYTES_PER_MILLI);

const conversations = {
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
};

for (const [name, hold] of Object.entries(conversations)) {
  const conversation = new Conversation(name);
  try {
    assert.equal((await conversation.await('session.created')).session.model, 'gpt-realtime');
    await hold(conversation);
  } catch (error) {
    console.error(`${name}: ${error.stack}`);
    process.exitCode = 1;
  } finally {
    conversation.close();
  }
}
