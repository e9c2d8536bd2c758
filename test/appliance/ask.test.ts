import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askCaretaker } from '../../src/appliance/ask.ts';
import type { Progress } from '../../src/appliance/words.ts';
import { applianceLimits as limits } from '../../src/core/appliance-limits.ts';

let folder: string;
let path: string;
let server: Server;
const open = new Set<Socket>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ask-'));
  path = join(folder, 'caretaker.sock');
});

afterEach(async () => {
  for (const socket of open) socket.destroy();
  open.clear();
  if (server?.listening) await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

/** A caretaker that says this to whoever has asked. */
function answering(answer: (socket: Socket, request: string) => void): Promise<void> {
  server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.once('data', (request) => answer(socket, request.toString()));
  });
  return new Promise((resolve) => server.listen(path, resolve));
}

const ask = (o: Partial<Parameters<typeof askCaretaker>[2]> = {}) =>
  askCaretaker(path, { act: 'state' }, { within_ms: 10_000, ...o });

test('one line goes out; progress and the answer come in, however the bytes are cut', async () => {
  let asked = '';
  await answering(async (socket, request) => {
    asked = request;
    const text = '{"progress":{"percent":4,"text":"ä"}}\n{"done":{"version":"2.0.0"}}\n';
    for (const byte of Buffer.from(text)) await new Promise((resolve) => socket.write(Buffer.of(byte), resolve));
  });
  const progress: Progress[] = [];
  expect(await ask({ onProgress: (item) => progress.push(item) })).toEqual({ version: '2.0.0' });
  expect([asked, progress]).toEqual(['{"act":"state"}\n', [{ percent: 4, text: 'ä' }]]);
});

test('nobody there', async () => {
  await expect(ask()).rejects.toMatchObject({ code: 'appliance-away' });
});

test.each([
  ['hangs up without an answer', ''],
  ['hangs up in mid-answer', '{"done":'],
  ['says what is no JSON', 'hello\n'],
  ['says a list', '[]\n'],
  ['says an error that is none', '{"error":"no"}\n'],
])('one that %s', async (_, text) => {
  await answering((socket) => socket.end(text));
  await expect(ask()).rejects.toMatchObject({ code: 'appliance-away' });
});

test('one that never ends its line is cut off', async () => {
  await answering((socket) => void socket.write('x'.repeat(limits.answer_bytes + 65_536)));
  await expect(ask()).rejects.toMatchObject({ code: 'appliance-away' });
});

test('one that takes the request and says nothing has its time', async () => {
  await answering(() => {});
  await expect(ask({ within_ms: 150 })).rejects.toMatchObject({ code: 'timed-out' });
});

test('who gives up hangs up', async () => {
  const closed = new Promise((resolve) => {
    void answering((socket) => void socket.once('close', resolve));
  });
  const abort = new AbortController();
  const asked = expect(ask({ signal: abort.signal, onProgress: () => {} })).rejects.toMatchObject({ code: 'stopped' });
  await expect.poll(() => open.size).toBe(1);
  abort.abort();
  await asked;
  await closed;
  await expect(ask({ signal: abort.signal })).rejects.toMatchObject({ code: 'stopped' });
});

test('codes are ours where we know them; one from another version is told by its words', async () => {
  const errors = [
    { code: 'bundle-older', reason: 'x', details: { version: '1', running: '2' } },
    { code: 'bundle-of-the-future', reason: 'Not yet.' },
    { code: 'toString' },
  ];
  await answering((socket) => socket.end(`${JSON.stringify({ error: errors.shift() })}\n`));
  await expect(ask()).rejects.toMatchObject({ code: 'bundle-older', details: { version: '1', running: '2' } });
  await expect(ask()).rejects.toMatchObject({ code: 'appliance-failed', details: { reason: 'Not yet.' } });
  await expect(ask()).rejects.toMatchObject({ code: 'appliance-failed', details: { reason: 'toString' } });
});
