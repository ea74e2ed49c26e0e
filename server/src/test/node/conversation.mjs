// A conversation of the official Node client with a gateway on a plain port of loopback, as a queue of what it got.
//
//   node <script>.mjs PORT QUESTION.pcm FRAMES_DIRECTORY
//
// Exits with 0 when all conversations of the script went as they must; otherwise says what did not and exits with 1.
// Every frame is kept as it came, one JSON line each, in FRAMES_DIRECTORY/<conversation>.jsonl, for whoever wants to
// look at their order.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import OpenAI from 'openai';

const PATIENCE_MILLIS = 10_000;
const FRAME_BYTES = 960; // 20 ms of PCM16 at 24 kHz
export const BYTES_PER_MILLI = 48;

const [port, questionFile, framesDirectory] = process.argv.slice(2);
export const question = fs.readFileSync(questionFile);
export const silence = Buffer.alloc(800 * BYTES_PER_MILLI);

/**
 * @param dialect Client: the class that connects; audioDelta, transcriptDelta: its names of these events;
 *     sessionUpdate: from the settings to the session in a session.update
 */
export async function hold(dialect, conversations) {
  for (const [name, converse] of Object.entries(conversations)) {
    const conversation = new Conversation(name, dialect);
    try {
      assert.equal((await conversation.await('session.created')).session.model, 'gpt-realtime');
      await converse(conversation);
    } catch (error) {
      console.error(`${name}: ${error.stack}`);
      process.exitCode = 1;
    } finally {
      conversation.close();
    }
  }
}

class Conversation {
  #events = [];
  #waiting = null;
  #end = null;

  constructor(name, dialect) {
    this.dialect = dialect;
    this.lines = [];
    this.file = path.join(framesDirectory, `${name}.jsonl`);
    const client = new OpenAI({ apiKey: 'no-key-is-needed', baseURL: `http://127.0.0.1:${port}/v1` });
    // The client always speaks wss; the gateway under test has a plain port.
    const options = { createConnection: () => net.connect(Number(port), '127.0.0.1') };
    this.realtime = new dialect.Client({ model: 'gpt-realtime', options }, client);
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
      if (event.type === this.dialect.audioDelta) {
        assert.ok(!answer.interrupted, 'sound after speech_started');
        answer.bytes += Buffer.from(event.delta, 'base64').length;
        answer.itemId = event.item_id;
      }
      if (event.type === this.dialect.transcriptDelta) answer.transcript += event.delta;
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
    this.send({ type: 'session.update', session: this.dialect.sessionUpdate(session) });
    return this.await('session.updated');
  }

  close() {
    fs.writeFileSync(this.file, this.lines.join('\n'));
    this.realtime.close();
  }
}
