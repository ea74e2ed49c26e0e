// Conversations of the official voice agents for Node, over their WebSocket transport, with a gateway on a plain port
// of loopback.
//
//   node agents-conversations.mjs PORT QUESTION.pcm FRAMES_DIRECTORY
//
// Exits with 0 when all of them went as they must; otherwise says what did not and exits with 1. Every frame is kept,
// one JSON line each, in FRAMES_DIRECTORY/<conversation>.jsonl, for whoever wants to look at their order.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import { RealtimeAgent, RealtimeSession, tool } from '@openai/agents-realtime';
import { z } from 'zod';

const PATIENCE_MILLIS = 10_000;
const FRAME_BYTES = 960; // 20 ms of PCM16 at 24 kHz
const BYTES_PER_MILLI = 48;
const QUESTION = 'What can you hear of this?'; // what QUESTION.pcm says

const [port, questionFile, framesDirectory] = process.argv.slice(2);
const question = fs.readFileSync(questionFile);
const silence = (millis) => Buffer.alloc(millis * BYTES_PER_MILLI);

class Conversation {
  #name;
  #session;
  #waiting = new Set();
  #unread = null; // a frame of which the client has not yet said that it has the shape it must have

  constructor(name, agent) {
    this.#name = name;
    this.#session = new RealtimeSession(new RealtimeAgent(agent), { transport: 'websocket', model: 'gpt-realtime' });
    this.frames = [];
    this.misread = [];
    this.errors = [];
    this.answers = []; // what agent_end says
    this.calls = []; // what agent_tool_end says
    this.soundBytes = 0;
    this.interruptions = 0;
    this.#listen();
  }

  #listen() {
    const session = this.#session;
    const transport = session.transport;
    const listened = new Set();
    // Each frame is announced by '*', and then, if it has the shape that the client knows, by its own type.
    transport.on('*', (event) => {
      this.#closeFrame();
      this.frames.push(event);
      this.#unread = event.type === 'error' ? null : event;
      if (!listened.has(event.type)) transport.on(event.type, () => (this.#unread = null));
      listened.add(event.type);
    });
    session.on('audio', (event) => (this.soundBytes += event.data.byteLength));
    session.on('audio_interrupted', () => this.interruptions++);
    session.on('agent_end', (_context, _agent, text) => this.answers.push(text));
    session.on('agent_tool_end', (_context, _agent, { name }, result) => this.calls.push(`${name}: ${result}`));
    session.on('error', (error) => this.errors.push(error));
    for (const type of ['transport_event', 'history_updated', 'audio', 'agent_end', 'agent_tool_end', 'error']) {
      session.on(type, () => this.#waiting.forEach((look) => look()));
    }
  }

  #closeFrame() {
    if (this.#unread) this.misread.push(this.#unread);
    this.#unread = null;
  }

  connect() {
    const url = `ws://127.0.0.1:${port}/v1/realtime?model=gpt-realtime`;
    return this.#session.connect({ apiKey: 'no-key-is-needed', url });
  }

  get history() {
    return this.#session.history;
  }

  write(text) {
    this.#session.sendMessage(text);
  }

  speak(pcm) {
    for (let from = 0; from < pcm.length; from += FRAME_BYTES) {
      this.#session.sendAudio(new Uint8Array(pcm.subarray(from, from + FRAME_BYTES)).buffer);
    }
  }

  /** As a button does it. */
  interrupt() {
    this.#session.interrupt();
  }

  rewrite(change) {
    this.#session.updateHistory(change);
  }

  instruct(instructions) {
    return this.#session.updateAgent(new RealtimeAgent({ name: 'another', instructions }));
  }

  framesOf(type) {
    return this.frames.filter((event) => event.type === type);
  }

  async until(what, condition) {
    let timer;
    let look;
    try {
      await new Promise((resolve, reject) => {
        look = () => {
          if (this.errors.length > 0) reject(new Error(inspect(this.errors[0], { depth: 5 })));
          else if (condition()) resolve();
        };
        this.#waiting.add(look);
        timer = setTimeout(() => reject(new Error(`no ${what} for ${PATIENCE_MILLIS} ms`)), PATIENCE_MILLIS);
        look();
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  /** Everything that the gateway had to say to what was sent so far has come. */
  async rest() {
    const cleared = this.framesOf('input_audio_buffer.cleared').length;
    this.#session.transport.sendEvent({ type: 'input_audio_buffer.clear' });
    await this.until('rest', () => this.framesOf('input_audio_buffer.cleared').length > cleared);
    this.#closeFrame();
    assert.deepEqual(this.misread, [], 'frames of a shape that the client does not know');
    assert.deepEqual(this.errors, []);
    const created = this.framesOf('response.created').map((event) => event.response.id);
    const done = this.framesOf('response.done').map((event) => event.response.id);
    assert.deepEqual(done, created);
  }

  close() {
    const lines = this.frames.map((event) => JSON.stringify(event));
    fs.writeFileSync(path.join(framesDirectory, `${this.#name}.jsonl`), lines.join('\n'));
    this.#session.close();
  }
}

const userText = (text) => ({ role: 'user', status: 'completed', said: text });
const assistant = (text) => ({ role: 'assistant', status: 'completed', said: text });

/** What the client knows of the conversation. */
const told = (history) =>
  history.map(({ type, role, status, content, name, output }) =>
    type === 'function_call'
      ? { name, status, output }
      : { role, status, said: content.map((part) => part.text ?? part.transcript).join('|') },
  );

const getWeather = tool({
  name: 'get_weather',
  description: 'The weather of a city.',
  parameters: z.object({ city: z.string() }),
  execute: async ({ city }) => `21 degrees in ${city}`,
});

const conversations = {
  'agents-typed-question': {
    agent: {},
    async hold(conversation) {
      conversation.write('Who are you?');
      await conversation.until('answer', () => conversation.answers.length === 1);
      await conversation.rest();
      assert.match(conversation.answers[0], /^I am the twin/);
      assert.ok(conversation.soundBytes > 1_000 * BYTES_PER_MILLI, `sound of ${conversation.soundBytes} bytes`);
      assert.deepEqual(told(conversation.history), [userText('Who are you?'), assistant(conversation.answers[0])]);
    },
  },

  'agents-spoken-question': {
    agent: {},
    async hold(conversation) {
      conversation.speak(question);
      conversation.speak(silence(8_000)); // longer than a semantic detector waits for more
      await conversation.until('answer', () => conversation.answers.length === 1);
      await conversation.until('transcript', () => conversation.framesOf('conversation.item.retrieved').length === 1);
      await conversation.rest();
      assert.match(conversation.answers[0], /^I heard .* seconds of speech/);
      assert.deepEqual(told(conversation.history), [userText(QUESTION), assistant(conversation.answers[0])]);
    },
  },

  'agents-tool': {
    agent: { tools: [getWeather] },
    async hold(conversation) {
      conversation.write('Please call get_weather with city Paris');
      await conversation.until('spoken result', () => conversation.answers.length === 2);
      await conversation.rest();
      assert.deepEqual(conversation.calls, ['get_weather: 21 degrees in Paris']);
      assert.deepEqual(conversation.answers, ['', 'The tool says: 21 degrees in Paris.']);
      assert.deepEqual(told(conversation.history), [
        userText('Please call get_weather with city Paris'),
        { name: 'get_weather', status: 'completed', output: '21 degrees in Paris' },
        assistant('The tool says: 21 degrees in Paris.'),
      ]);
    },
  },

  'agents-barge-in': {
    agent: { instructions: 'speak for 10 seconds' },
    async hold(conversation) {
      conversation.write('Please begin.');
      await conversation.until('sound', () => conversation.soundBytes > 2_500 * BYTES_PER_MILLI);
      assert.equal(conversation.answers.length, 0, 'the answer was over before it was spoken into');
      conversation.speak(question);
      await conversation.until('end of the answer', () => conversation.answers.length === 1);
      await conversation.until('truncated', () => conversation.framesOf('conversation.item.truncated').length === 1);
      await conversation.until('retrieved', () => conversation.framesOf('conversation.item.retrieved').length === 1);

      assert.equal(conversation.interruptions, 1);
      const cut = conversation.framesOf('response.done')[0].response;
      assert.equal(cut.status, 'cancelled');
      assert.equal(cut.status_details.reason, 'turn_detected', 'the gateway has cut it, not the client');
      const [truncated] = conversation.framesOf('conversation.item.truncated');
      const [retrieved] = conversation.framesOf('conversation.item.retrieved');
      assert.equal(truncated.item_id, cut.output[0].id);
      assert.equal(retrieved.item.id, truncated.item_id);
      const heardMillis = conversation.soundBytes / BYTES_PER_MILLI;
      assert.ok(truncated.audio_end_ms > 0 && truncated.audio_end_ms <= heardMillis, `${truncated.audio_end_ms} ms`);
      const begun = told(conversation.history)[1];
      assert.equal(begun.role, 'assistant');
      assert.equal(begun.status, 'incomplete');
      const [made] = conversation.answers;
      assert.ok(made.startsWith(begun.said) && begun.said.length < made.length, `${begun.said} of ${made}`);

      await conversation.instruct('Be brief.');
      conversation.speak(silence(8_000));
      await conversation.until('next answer', () => conversation.answers.length === 2);
      await conversation.until('transcript', () => conversation.framesOf('conversation.item.retrieved').length === 2);
      await conversation.rest();
      assert.match(conversation.answers[1], /^I heard .* seconds of speech/);
      const [, , interruption, answer, ...others] = told(conversation.history);
      assert.deepEqual([interruption, answer, others], [userText(QUESTION), assistant(conversation.answers[1]), []]);
    },
  },

  'agents-stop-button': {
    agent: { instructions: 'speak for 10 seconds' },
    async hold(conversation) {
      conversation.write('Please begin.');
      await conversation.until('sound', () => conversation.soundBytes > 2_500 * BYTES_PER_MILLI);
      assert.equal(conversation.answers.length, 0, 'the answer was over before it was stopped');
      conversation.interrupt();
      conversation.write('say: I have stopped.'); // while the client does not know yet that the answer is cut
      await conversation.until('next answer', () => conversation.answers.length === 2);
      await conversation.until('retrieved', () => conversation.framesOf('conversation.item.retrieved').length === 1);
      await conversation.rest();
      const cut = conversation.framesOf('response.done')[0].response;
      assert.equal(cut.status, 'cancelled');
      assert.equal(cut.status_details.reason, 'client_cancelled');
      const [begin, begun, next, answer, ...others] = told(conversation.history);
      assert.deepEqual([begin, next], [userText('Please begin.'), userText('say: I have stopped.')]);
      assert.deepEqual([answer, others], [assistant('I have stopped.'), []]);
      assert.equal(begun.status, 'incomplete');
    },
  },

  'agents-rewritten-history': {
    agent: {},
    async hold(conversation) {
      conversation.write('say: I am here.');
      await conversation.until('answer', () => conversation.answers.length === 1);
      const otherWords = [{ type: 'input_text', text: 'My name is Ada.' }];
      conversation.rewrite(([first, ...rest]) => [{ ...first, content: otherWords }, ...rest]);
      conversation.write('What did I say?');
      await conversation.until('answer', () => conversation.answers.length === 2);
      await conversation.rest();
      assert.equal(conversation.answers[1], 'You said: My name is Ada.');
      assert.deepEqual(told(conversation.history), [
        userText('My name is Ada.'),
        assistant('I am here.'),
        userText('What did I say?'),
        assistant('You said: My name is Ada.'),
      ]);

      conversation.rewrite(() => []);
      conversation.write('What did I say?');
      await conversation.until('answer', () => conversation.answers.length === 3);
      await conversation.rest();
      const nothing = 'You have said nothing before this.';
      assert.deepEqual(told(conversation.history), [userText('What did I say?'), assistant(nothing)]);
    },
  },

  'agents-two-messages': {
    agent: {},
    async hold(conversation) {
      conversation.write('say: The first answer.');
      conversation.write('say: The second answer.');
      await conversation.until('both answers', () => conversation.answers.length === 2);
      await conversation.rest();
      assert.deepEqual(conversation.answers, ['The first answer.', 'The second answer.']);
      const spoken = told(conversation.history);
      const of = (role) => spoken.filter((item) => item.role === role);
      assert.deepEqual(of('user'), [userText('say: The first answer.'), userText('say: The second answer.')]);
      assert.deepEqual(of('assistant'), [assistant('The first answer.'), assistant('The second answer.')]);
    },
  },
};

let current;
process.on('uncaughtException', (error) => {
  console.error(`${current}: not caught: ${error.stack}`);
  process.exit(1);
});

for (const [name, { agent, hold }] of Object.entries(conversations)) {
  current = name;
  const conversation = new Conversation(name, { name: 'twin', ...agent });
  try {
    await conversation.connect();
    await hold(conversation);
  } catch (error) {
    console.error(`${name}: ${error.stack}`);
    process.exitCode = 1;
  } finally {
    conversation.close();
  }
}
