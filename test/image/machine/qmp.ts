import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** QEMU's machine protocol (QEMU, "QMP Reference Manual"): one command, one answer, in order. */
export interface Qmp {
  /** @throws Error with QEMU's own words */
  ask(execute: string, args?: object): Promise<unknown>;
  close(): void;
}

const ANSWER_MS = 20_000;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Connects to the monitor of a QEMU that has just been started. */
export async function openQmp(path: string): Promise<Qmp> {
  const socket = await connected(path);
  const waiting: Waiting[] = [];
  const fail = () => {
    for (const { reject } of waiting.splice(0)) reject(new Error('the machine has ended'));
  };
  let rest = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter((line) => line.trim() !== '')) answer(JSON.parse(line), waiting);
  });
  socket.on('close', fail).on('error', fail);
  const ask: Qmp['ask'] = async (execute, args) => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const late = setTimeout(() => reject(new Error(`the monitor does not answer: ${execute}`)), ANSWER_MS);
    if (socket.destroyed) throw new Error('the machine has ended');
    waiting.push({ resolve, reject });
    socket.write(`${JSON.stringify({ execute, ...(args && { arguments: args }) })}\n`);
    return promise.finally(() => clearTimeout(late));
  };
  await ask('qmp_capabilities');
  return { ask, close: () => void socket.destroy() };
}

function answer(message: { return?: unknown; error?: { desc: string } }, waiting: Waiting[]): void {
  // Greetings and events are nobody's answer.
  if (message.error) waiting.shift()?.reject(new Error(`QEMU: ${message.error.desc}`));
  else if ('return' in message) waiting.shift()?.resolve(message.return);
}

async function connected(path: string): Promise<Socket> {
  for (const deadline = performance.now() + ANSWER_MS; ; ) {
    const socket = connect(path);
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    if (isOpen) return socket;
    socket.destroy();
    if (performance.now() > deadline) throw new Error(`no monitor at ${path}`);
    await delay(50);
  }
}
