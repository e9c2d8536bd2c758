import { expect, test } from 'vitest';
import { ByteReader } from '../../src/pgp/bytes.ts';
import { inPieces, sourceOf } from './helpers.ts';

const bytes = Buffer.from('eins\nzwei\r\n\ndrei');

test('reads bytes, lines and exact counts across chunks of every size', async () => {
  for (let size = 1; size <= bytes.length; size++) {
    const reader = new ByteReader(inPieces(bytes, size));
    expect((await reader.peek(2)).toString()).toBe('ei');
    expect(await reader.byte()).toBe(0x65);
    expect((await reader.line(100)).toString()).toBe('ins\n');
    expect((await reader.line(3)).toString()).toBe('zwe');
    expect((await reader.line(100)).toString()).toBe('i\r\n');
    expect((await reader.exact(2)).toString()).toBe('\nd');
    expect(reader.consumed_bytes).toBe(13);
    expect((await reader.upTo(100)).toString()).toBe('rei');
    expect(await reader.byte()).toBe(-1);
    await expect(reader.exact(1)).rejects.toMatchObject({ code: 'pgp-truncated' });
  }
});

test('F48: an error of the source is never forgotten, though a generator that threw once would say it is at its end', async () => {
  async function* source() {
    yield* sourceOf(bytes);
    throw new Error('damaged');
  }
  const reader = new ByteReader(source());
  await reader.exact(bytes.length);
  await expect(reader.fill()).rejects.toThrow('damaged');
  await expect(reader.fill()).rejects.toThrow('damaged');
  await expect(reader.peek(1)).rejects.toThrow('damaged');
});
