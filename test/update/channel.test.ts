import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseIndex, readIndex } from '../../src/update/channel.ts';
import { chooseRelease, fractionOf, isInStage, isWanted } from '../../src/update/choose.ts';
import { signEnvelope } from '../../src/update/envelope.ts';
import { type ChannelIndex, INDEX_TYPE } from '../../src/update/words.ts';
import { seeded } from '../support/random.ts';
import { index, release } from './samples.ts';
import { certificate, type Issued, makeIssuer } from './signers.ts';

const DAY_MS = 86_400_000;
/** The certificates below are made after this line. */
const now_ms = Date.now() + 3_600_000;
let folder: string;
let root: Issued;
let signer: Issued;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rohrpost-channel-'));
  const issue = await makeIssuer(folder);
  root = await issue();
  signer = await issue({ by: root });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sealed = (content: object) =>
  Buffer.from(JSON.stringify(signEnvelope(INDEX_TYPE, Buffer.from(JSON.stringify(content)), [signer])));
const read = (content: object, o: { seen?: { channel: string; sequence: number }; now_ms?: number } = {}) =>
  readIndex(sealed(content), { roots: [certificate(root)], now_ms: o.now_ms ?? now_ms, seen: o.seen ?? null });
const codeOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return 'nothing';
};

describe('an index', () => {
  test('is read, and what a newer operator says beyond what is known is passed over', () => {
    const plain = index([release()]);
    expect(read({ ...plain, motto: 'new', releases: [{ ...release(), colour: 'red' }] })).toEqual(plain);
  });

  test('replayed, with a smaller number than was seen: refused; the same number again is fine', () => {
    const seen = { channel: 'stable', sequence: 7 };
    expect(codeOf(() => read(index([], { sequence: 6 }), { seen }))).toBe('update-index-replayed');
    expect(codeOf(() => read(index([], { sequence: 7 }), { seen }))).toBe('nothing');
  });

  test('replayed from last month: refused by its age, also where nothing was seen before', () => {
    const old = index([release()], { made_ms: now_ms - 35 * DAY_MS, expires_ms: now_ms - 5 * DAY_MS });
    expect(codeOf(() => read(old))).toBe('update-index-expired');
  });

  test('that is to be good for longer than a month, or ends before it was made: refused', () => {
    expect(codeOf(() => read(index([], { expires_ms: now_ms + 31 * DAY_MS })))).toBe('update-index-unreadable');
    expect(codeOf(() => read(index([], { expires_ms: now_ms - 2 * DAY_MS })))).toBe('update-index-unreadable');
  });

  test('made the day after tomorrow: the clock of the box is wrong', () => {
    const early_ms = now_ms - 60_000;
    expect(codeOf(() => read(index([], { made_ms: early_ms + 2 * DAY_MS }), { now_ms: early_ms }))).toBe(
      'update-clock',
    );
  });

  test('of another channel of the same operator: refused', () => {
    const seen = { channel: 'stable', sequence: 1 };
    expect(codeOf(() => read(index([], { channel: 'beta', sequence: 99 }), { seen }))).toBe('update-index-unreadable');
  });

  test.each<[string, object]>([
    ['a bundle up the folders', { bundle: '../other.raucb' }],
    ['a bundle elsewhere', { bundle: 'https://elsewhere.example/x.raucb' }],
    ['a bundle of the root', { bundle: '/x.raucb' }],
    ['a bundle with a query', { bundle: 'x.raucb?a=b' }],
    ['a hash in capitals', { sha256: 'A'.repeat(64) }],
    ['a short hash', { manifest_sha256: 'ab' }],
    ['no hash of the manifest', { manifest_sha256: undefined }],
    ['no version', { version: 'latest' }],
    ['a share above all', { stage: { percent: 101 } }],
    ['a share of words', { stage: { percent: '10' } }],
    ['no size', { size_bytes: 0 }],
    ['a huge size', { size_bytes: 2 ** 50 }],
    ['control characters in its notes', { notes: { de: 'a\u001b[2J', en: 'b' } }],
    ['a truth value in words', { withdrawn: 'false' }],
  ])('with %s: refused', (_, change) => {
    expect(codeOf(() => read(index([{ ...release(), ...change }])))).toBe('update-index-unreadable');
  });

  test.each<[string, unknown]>([
    ['format', 2],
    ['sequence', 0],
    ['sequence', 1.5],
    ['sequence', 2 ** 60],
    ['made', '2026-99-99T99:99:99Z'],
    ['expires', 'tomorrow'],
    ['releases', {}],
    ['releases', Array(201).fill({})],
    ['channel', ''],
  ])('whose %s is wrong: refused', (key, value) => {
    expect(codeOf(() => read({ ...index([]), [key]: value }))).toBe('update-index-unreadable');
  });

  test('that names a version twice: refused', () => {
    expect(codeOf(() => parseIndex(Buffer.from(JSON.stringify(index([release(), release()])))))).toBe(
      'update-index-unreadable',
    );
  });
});

describe('what of it is for a box', () => {
  const box = { box: 'abc', product: 'rohrpost-amd64', version: '1.0.0', failed: [] };
  const chosen = (releases: ChannelIndex['releases'], more: Partial<typeof box> | object = {}) =>
    chooseRelease(index(releases), { ...box, ...more })?.version ?? null;
  const two = release({ version: '2.0.0' });

  test('the newest, whatever the order', () => {
    const ten = release({ version: '1.10.0' });
    const nine = release({ version: '1.9.0' });
    expect(chosen([nine, ten])).toBe('1.10.0');
    expect(chosen([ten, nine])).toBe('1.10.0');
  });

  test('not for another product, nor what it runs, nor what is older', () => {
    expect(chosen([{ ...two, product: 'rohrpost-arm64' }])).toBeNull();
    expect(chosen([release({ version: '1.0.0' }), release({ version: '0.9.0' })])).toBeNull();
    expect(chosen([two], { version: '2.0.0-dev' })).toBe('2.0.0');
  });

  test('not what is withdrawn, stopped, beyond its stage, or too far ahead', () => {
    expect(chosen([{ ...two, withdrawn: true }])).toBeNull();
    expect(chosen([{ ...two, stage: { percent: 100, stopped: true } }])).toBeNull();
    expect(chosen([{ ...two, stage: { percent: 0 } }])).toBeNull();
    expect(chosen([{ ...two, min_version: '1.5.0' }])).toBeNull();
    const step = release({ version: '1.5.0' });
    expect(chosen([{ ...two, min_version: '1.5.0' }, step])).toBe('1.5.0');
  });

  test('not what failed here; a bundle that was refused may come again with other bytes', () => {
    const failed = { version: '2.0.0', code: 'update-unfit', at_ms: 1 };
    expect(chosen([two], { failed: [{ ...failed, sha256: null }] })).toBeNull();
    expect(chosen([two], { failed: [{ ...failed, sha256: two.sha256 }] })).toBeNull();
    expect(chosen([two], { failed: [{ ...failed, sha256: 'f'.repeat(64) }] })).toBe('2.0.0');
    expect(chosen([two, release({ version: '2.0.1' })], { failed: [{ ...failed, sha256: null }] })).toBe('2.0.1');
  });

  test('an older one only if the operator says so, and then nobody goes to and fro', () => {
    const one = release({ version: '1.0.0', downgrade: true });
    const withdrawn = { ...two, withdrawn: true };
    expect(chosen([release({ version: '1.0.0' }), withdrawn], { version: '2.0.0' })).toBeNull();
    expect(chosen([one, withdrawn], { version: '2.0.0' })).toBe('1.0.0');
    expect(chosen([one, withdrawn], { version: '1.0.0' })).toBeNull();
    // The newer one still stands: who has it keeps it.
    expect(chosen([one, two], { version: '2.0.0' })).toBeNull();
  });

  test('what is written and withdrawn or stopped since is not wanted any more', () => {
    expect(isWanted('2.0.0', two.product, index([two]))).toBe(true);
    expect(isWanted('2.0.0', two.product, index([{ ...two, withdrawn: true }]))).toBe(false);
    expect(isWanted('2.0.0', two.product, index([{ ...two, stage: { percent: 10, stopped: true } }]))).toBe(false);
    expect(isWanted('9.0.0', two.product, null)).toBe(true);
  });

  test('property: following any channel, a box comes to rest, and each step is allowed', () => {
    const random = seeded(4);
    for (let run = 0; run < 500; run++) {
      const versions = ['1.0.0', '1.1.0', '1.2.0', '2.0.0', '2.1.0'].filter(() => random.below(3) > 0);
      const releases = versions.map((version) => ({
        ...release({ version, min_version: random.pick(['0.1.0', '1.1.0', '2.0.0']) }),
        ...(random.below(3) === 0 && { withdrawn: true }),
        ...(random.below(3) === 0 && { downgrade: true }),
        stage: { percent: random.pick([0, 50, 100]), ...(random.below(4) === 0 && { stopped: true }) },
      }));
      let version = random.pick(['1.0.0', '1.1.0', '2.1.0', '3.0.0']);
      const path = [version];
      for (;;) {
        const next = chooseRelease(index(releases), { ...box, version });
        if (!next) break;
        expect(next.withdrawn ?? false).toBe(false);
        expect(isInStage(next, box.box)).toBe(true);
        expect(path).not.toContain(next.version);
        version = next.version;
        path.push(version);
      }
    }
  });
});

test('stages: a share of the boxes as large as it says, each box in every later one, others first each time', () => {
  const boxes = Array.from({ length: 2_000 }, (_, n) => `box-${n}`);
  const first = (version: string, percent: number) =>
    boxes.filter((box) => isInStage({ version, stage: { percent } }, box));
  expect(first('2.0.0', 100)).toHaveLength(2_000);
  expect(first('2.0.0', 0)).toHaveLength(0);
  const [one, ten] = [first('2.0.0', 1), first('2.0.0', 10)];
  expect(Math.abs(ten.length - 200)).toBeLessThan(50);
  expect(one.every((box) => ten.includes(box))).toBe(true);
  const next = first('2.1.0', 10);
  expect(next.filter((box) => ten.includes(box)).length).toBeLessThan(60);
  expect(fractionOf('x')).toBeLessThan(1);
});
