// A voice server as one writes it with ws and the openai package: a session is a socket, a turn is one streamed call.
// Environment: PORT, OPENAI_BASE_URL, OPENAI_API_KEY.
import { createRequire } from 'node:module';
import OpenAI from 'openai';
import { WebSocketServer } from 'ws';

const MOST_TURN_BYTES = 4 * 48000; // four seconds: who goes on longer is heard from there

const version = (name) => createRequire(import.meta.url)(`./node_modules/${name}/package.json`).version;
const openai = new OpenAI();
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.env.PORT) });

server.on('listening', () => {
  console.log(`node ${process.versions.node}, ws ${version('ws')}, openai ${version('openai')}, port ${server.address().port}`);
});

server.on('connection', (socket) => {
  let audio = [];
  let audioBytes = 0;
  let turn = [];
  let controller;

  const send = (event) => socket.send(JSON.stringify(event));

  async function respond() {
    controller?.abort();
    const mine = (controller = new AbortController());
    let status = 'completed';
    try {
      const stream = await openai.chat.completions.create(
        {
          model: 'gpt-audio',
          stream: true,
          modalities: ['text', 'audio'],
          audio: { voice: 'alloy', format: 'pcm16' },
          messages: [{ role: 'user', content: turn }],
        },
        { signal: mine.signal },
      );
      for await (const chunk of stream) {
        const delta = chunk.choices?.[0]?.delta?.audio?.data;
        if (delta) send({ type: 'response.output_audio.delta', delta });
      }
      if (mine.signal.aborted) status = 'cancelled';
    } catch (error) {
      status = mine.signal.aborted ? 'cancelled' : 'failed';
      if (status === 'failed') console.error(error.message);
    }
    if (socket.readyState === socket.OPEN) send({ type: 'response.done', response: { status } });
  }

  socket.on('message', (message) => {
    const event = JSON.parse(message);
    switch (event.type) {
      case 'input_audio_buffer.append':
        audio.push(Buffer.from(event.audio, 'base64'));
        audioBytes += audio.at(-1).length;
        while (audioBytes > MOST_TURN_BYTES) audioBytes -= audio.shift().length;
        break;
      case 'input_audio_buffer.commit':
        turn = [{ type: 'input_audio', input_audio: { data: wav(audio).toString('base64'), format: 'wav' } }];
        audio = [];
        audioBytes = 0;
        break;
      case 'conversation.item.create':
        turn = event.item.content.map((part) => ({ type: 'text', text: part.text }));
        break;
      case 'response.create':
        respond();
        break;
      case 'response.cancel':
        controller?.abort();
        break;
    }
  });
  socket.on('close', () => controller?.abort());
  socket.on('error', () => controller?.abort());
});

function wav(chunks) {
  const pcm = Buffer.concat(chunks);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + pcm.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(24000, 24);
  head.writeUInt32LE(48000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(pcm.length, 40);
  return Buffer.concat([head, pcm]);
}
