import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FirmwareAnswer } from '../../../src/web/firmware/answers.ts';
import { changeSettings, type TestBox } from '../world/box.ts';
import { alter, beside, cutOff, makeStranger, resign, type Signer } from '../world/bundles.ts';
import type { Offered } from '../world/channel.ts';
import { DEVELOPMENT } from '../world/images.ts';
import { firmware, installed, waitForRefusal } from '../world/update.ts';
import type { Stage } from './stage.ts';

const VERSION = /^version=.*$/m;
const DAY_MS = 86_400_000;

interface Damaged {
  file: string;
  /** The bundle that it was. */
  of: string;
}

/** Bundles and indexes that a box must not take: it stays as it is through all of it. */
export function refusalScenarios(stage: () => Stage): void {
  let box: TestBox;
  let before: FirmwareAnswer;
  let stranger: Signer;
  let good: string;

  beforeAll(async () => {
    box = await stage().box();
    before = await firmware(box.page);
    stranger = await makeStranger(join(stage().world.folder, 'stranger'));
    good = stage().images.second.bundle;
  });
  afterAll(async () => {
    if (!box) return;
    expect((await firmware(box.page)).running).toEqual(before.running);
  });

  /** Makes a bundle called 4.N.0 out of the good one. */
  const make = (version: string, o: { signer?: Signer; change?: (manifest: string) => string } = {}) => {
    const change = (manifest: string) => (o.change?.(manifest) ?? manifest).replace(VERSION, `version=${version}`);
    return resign(good, beside(good, `bad-${version}.raucb`), { signer: o.signer ?? DEVELOPMENT, change });
  };
  const BAD: readonly [name: string, version: string, code: RegExp, bundle: () => Promise<string | Damaged>][] = [
    ['signed by a foreign key', '4.1.0', /untrusted/, () => make('4.1.0', { signer: stranger })],
    [
      'for another product',
      '4.2.0',
      /other-product/,
      () => make('4.2.0', { change: (text) => text.replace(/^compatible=.*$/m, 'compatible=rohrpost-pi') }),
    ],
    ['with an older version inside', '4.3.0', /older|other/, () => make('0.9.0')],
    [
      'truncated',
      '4.4.0',
      /damaged|untrusted/,
      async () => {
        const of = await make('4.4.0');
        return { of, file: await cutOff(of, beside(good, 'cut.raucb'), 0.6) };
      },
    ],
    [
      'with one byte of its content altered',
      '4.7.0',
      /damaged|not-read|not-written/,
      async () => {
        const of = await make('4.7.0');
        return { of, file: await alter(of, beside(good, 'content.raucb'), 1e-6) };
      },
    ],
    [
      'with one byte of its signature altered',
      '4.5.0',
      /damaged|untrusted/,
      async () => {
        const of = await make('4.5.0');
        return { of, file: await alter(of, beside(good, 'sig.raucb'), 0.999_99) };
      },
    ],
    [
      'larger than the slot',
      '4.6.0',
      /too-large/,
      () => make('4.6.0', { change: (text) => text.replace(/^size=(\d{9})$/m, 'size=9$1') }),
    ],
  ];

  test.for(BAD)('a bundle %s is refused', async ([name, version, code, bundle]) => {
    const { world } = stage();
    const made = await bundle();
    await offer({ ...(typeof made === 'string' ? { file: made } : made), version });
    const refused = await waitForRefusal(box, version);
    world.transcript.say(`bundle ${name}: ${refused.result} (${refused.code})`);
    expect(refused.code).toMatch(code);
    expect(await installed(box)).toBeNull();
  });

  /** Publishes and orders it. */
  async function offer(bundle: Offered) {
    await stage().world.channel.publish([bundle]);
    await box.page.ask('POST', '/api/firmware/check');
    await box.page.ask('POST', '/api/firmware/install', { restart: true });
  }

  const INDEXES: readonly [name: string, code: RegExp, serve: (stage: Stage) => Promise<void>][] = [
    [
      'that nobody signed',
      /update-index|update-signer/,
      async ({ world: { channel } }) => {
        const envelope = JSON.parse(await channel.sign([await channel.release({ file: good, version: '5.0.0' })]));
        channel.serveIndex(JSON.stringify({ ...envelope, signatures: [] }));
      },
    ],
    [
      'signed by a foreign key',
      /update-signer/,
      async ({ world: { channel } }) => {
        channel.serveIndex(
          await channel.sign([await channel.release({ file: good, version: '5.0.0' })], { signer: stranger }),
        );
      },
    ],
    [
      'replayed from last month',
      /update-index/,
      async ({ world: { channel } }) => {
        const release = await channel.release({ file: good, version: '5.0.0' });
        channel.serveIndex(await channel.sign([release], { made_ms: Date.now() - 40 * DAY_MS }));
      },
    ],
    [
      'replayed, although it is still valid',
      /update-index/,
      async ({ world: { channel } }) => {
        const release = await channel.release({ file: good, version: '5.0.0' });
        const old = await channel.sign([release]);
        channel.serveIndex(await channel.sign([]));
        await box.page.ask('POST', '/api/firmware/check');
        channel.serveIndex(old);
      },
    ],
    ['of a server that is away', /update-/, async ({ world }) => world.channel.goAway()],
    [
      'of a server with a certificate of somebody else',
      /update-/,
      async ({ world }) => {
        await world.channel.comeBack();
        world.channel.showCertificate(await world.ca.issue({ names: ['example.org'] }));
      },
    ],
  ];

  test.for(INDEXES)('an index %s is not acted upon', async ([name, code, serve]) => {
    const { world } = stage();
    await serve(stage());
    const answer = await box.page.tryAsk('POST', '/api/firmware/check');
    world.transcript.say(`index ${name}: ${answer.status} ${answer.body?.code}`);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body.code).toMatch(code);
    expect((await firmware(box.page)).offered?.version).not.toBe('5.0.0');
  });

  test('a bundle that is not what the index says is refused', async () => {
    const { world } = stage();
    world.channel.showCertificate(null);
    await offer({ file: good, version: '6.0.0', sha256: '0'.repeat(64), manifest_sha256: '0'.repeat(64) });
    const refused = await waitForRefusal(box, '6.0.0');
    world.transcript.say(`bundle with another hash than the index says: ${refused.result} (${refused.code})`);
    expect(refused.code).toMatch(/other/);
  });

  test('with a full disk the box stays reachable, refuses an upload, and is updated all the same', async () => {
    const { world } = stage();
    const { shell } = box.machine;
    await shell.run('fallocate -l $(($(df -B1 --output=avail /var | tail -1) - 20000000)) /var/lib/rohrpost/filler');
    const announced = await box.page.tryAsk('POST', '/api/firmware/bundle', { size_bytes: 100_000_000 });
    world.transcript.say(`disk full: upload ${announced.status} ${announced.body?.code}`);
    expect(announced.status).toBe(507);
    expect(await box.page.ask('GET', '/api/state')).toMatchObject({ claimed: true });
    await shell.run('rm /var/lib/rohrpost/filler');
    await changeSettings(box.page, { 'update.automatic': false });
  });
}
