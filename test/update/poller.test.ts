import { createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { release } from './samples.ts';
import { openTestBox, openWorld, type TestBox, type World } from './world.ts';

const INDEX = '/chan/index.json';
let world: World;
let box: TestBox;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  world.answer(INDEX, null);
  world.publish([release()]);
  box = await openTestBox(world);
});

/** The code by which a look at the channel ends. */
async function look(of = box): Promise<string> {
  const code = await of.engine.poller.look().then(
    () => 'good',
    (error) => error.code ?? String(error),
  );
  expect(of.engine.poller.last()?.code ?? 'good').toBe(code);
  return code;
}

describe('what a server may do wrong', () => {
  test('an honest one: its index is read, and what has not changed is not sent again', async () => {
    expect(await look()).toBe('good');
    expect(box.engine.offered()?.version).toBe('2.0.0');
    const sent: number[] = [];
    world.answer(INDEX, (request, response) => {
      sent.push(request.headers['if-none-match'] ? 304 : 200);
      response.writeHead(304).end();
    });
    expect(await look()).toBe('good');
    expect(sent).toEqual([304]);
    expect(box.engine.offered()?.version).toBe('2.0.0');
  });

  test('nobody is there', async () => {
    box.around.settings = { ...box.around.settings, channel: 'https://127.0.0.1:1/chan' };
    expect(await look()).toBe('update-server-away');
  });

  test('its certificate is of nobody we trust, for another name, or has expired', async () => {
    const other = await openWorld();
    const good = await world.certificate({ ips: ['127.0.0.1'] });
    try {
      world.show(await other.certificate({ ips: ['127.0.0.1'] }));
      expect(await look()).toBe('update-server-untrusted');
      world.show(await world.certificate({ names: ['elsewhere.example'] }));
      expect(await look()).toBe('update-server-untrusted');
      world.show(await world.certificate({ ips: ['127.0.0.1'], expired: true }));
      expect(await look()).toBe('update-server-untrusted');
    } finally {
      world.show(good);
      await other.stop();
    }
    expect(await look()).toBe('good');
  });

  test('public authorities are trusted, not ours, where no file is named', async () => {
    const { tls_ca_file: _, ...settings } = box.around.settings;
    box.around.settings = settings;
    expect(await look()).toBe('update-server-untrusted');
  });

  test('it does not speak TLS', async () => {
    const plain = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 200 OK\r\n\r\n', () => socket.destroy());
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const { port } = plain.address() as { port: number };
    box.around.settings = { ...box.around.settings, channel: `https://127.0.0.1:${port}/chan` };
    expect(await look()).toBe('update-server-untrusted');
    await new Promise((resolve) => plain.close(resolve));
  });

  test('an index without end is given up at its bound', async () => {
    world.answer(INDEX, (_, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 32)));
      };
      response.on('drain', more);
      more();
    });
    expect(await look()).toBe('update-answer-too-large');
  });

  test('a byte now and then, for ever: the whole has a deadline', async () => {
    world.answer(INDEX, (_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(drip));
    });
    const slow = await openTestBox(world, { parts: { limits: { ...box.engine.context.limits, request_ms: 1_000 } } });
    expect(await look(slow)).toBe('update-server-slow');
  });

  test('silence: soon given up', async () => {
    world.answer(INDEX, () => {});
    expect(await look()).toBe('update-server-slow');
  });

  test('it breaks off in the middle', async () => {
    world.answer(INDEX, (_, response) => {
      response.writeHead(200, { 'content-length': 1_000 });
      response.write('{"payload', () => response.destroy());
    });
    expect(await look()).toMatch(/^update-(answer-broken|server-away)$/);
  });

  test('it leads elsewhere: not followed', async () => {
    const before = world.asked.length;
    world.answer(INDEX, (_, response) => void response.writeHead(302, { location: '/chan/other.json' }).end());
    expect(await look()).toBe('update-server-redirect');
    expect(world.asked.slice(before)).toEqual([`GET ${INDEX}`]);
  });

  test.each([404, 500, 503])('it answers %i', async (status) => {
    world.answer(INDEX, (_, response) => void response.writeHead(status).end('no'));
    expect(await look()).toBe('update-server-answer');
  });

  test('headers without end', async () => {
    world.answer(INDEX, (_, response) => void response.writeHead(200, { 'x-much': 'x'.repeat(60_000) }).end());
    expect(await look()).toBe('update-server-away');
  });

  test('an index that is unsigned, of a stranger, replayed, or of last month', async () => {
    expect(await look()).toBe('good');
    world.answer(INDEX, (_, response) => void response.end(JSON.stringify({ format: 1, releases: [] })));
    expect(await look()).toBe('update-index-unreadable');
    world.answer(INDEX, null);
    world.publish([release()], { sequence: 5, by: await world.issue({ by: await world.issue() }) });
    expect(await look()).toBe('update-signer-untrusted');
    world.publish([release()], { sequence: 5 });
    expect(await look()).toBe('good');
    world.publish([release({ version: '3.0.0' })], { sequence: 4 });
    expect(await look()).toBe('update-index-replayed');
    // What was good before stays in use meanwhile.
    expect(box.engine.offered()?.version).toBe('2.0.0');
    const now_ms = box.clock.now();
    world.publish([release()], { sequence: 6, made_ms: now_ms - 35 * 86_400_000, expires_ms: now_ms - 6 * 86_400_000 });
    expect(await look()).toBe('update-index-expired');
  });

  test('a replay is known after a restart of the box, too', async () => {
    world.publish([release()], { sequence: 9 });
    expect(await look()).toBe('good');
    const again = await box.boots();
    world.publish([release()], { sequence: 8 });
    expect(await look(again)).toBe('update-index-replayed');
  });

  test('an index that grows too old while the server is away is not acted upon any more', async () => {
    expect(await look()).toBe('good');
    box.clock.advance(21 * 86_400_000);
    expect(box.engine.offered()).toBeNull();
  });
});

describe('when it is looked', () => {
  const looks = () => world.asked.filter((line) => line === `GET ${INDEX}`).length;

  test('within five minutes of the start, then once an hour, at a minute of its own', async () => {
    const quiet = await openTestBox(world, { settings: { automatic: false } });
    const before = looks();
    await quiet.pass(5);
    expect(looks() - before).toBe(1);
    await quiet.pass(8 * 60);
    expect(looks() - before).toBeGreaterThanOrEqual(8);
    expect(looks() - before).toBeLessThanOrEqual(10);
    const minutes = new Set<number>();
    for (let hour = 0; hour < 3; hour++) {
      const seen = looks();
      for (let minute = 0; minute < 60; minute++) {
        await quiet.pass(1);
        if (looks() > seen) break;
      }
      minutes.add(Math.floor(quiet.clock.steady() / 60_000) % 60);
    }
    expect(minutes.size).toBe(1);
  });

  test('after a failure soon, then ever more seldom', async () => {
    world.answer(INDEX, (_, response) => void response.writeHead(500).end());
    const before = looks();
    await box.pass(24 * 60);
    expect(looks() - before).toBeGreaterThan(6);
    expect(looks() - before).toBeLessThan(16);
  });

  test('a server that asks to be left alone is, within a day', async () => {
    world.answer(INDEX, (_, response) => void response.writeHead(503, { 'retry-after': '999999' }).end());
    const before = looks();
    await box.pass(23 * 60);
    expect(looks() - before).toBe(1);
    await box.pass(2 * 60);
    expect(looks() - before).toBe(2);
  });

  test('another address is looked at as soon as it is set; the numbers of the old one do not count there', async () => {
    world.publish([release()], { sequence: 50 });
    await box.pass(5);
    expect(box.engine.offered()?.version).toBe('2.0.0');
    const other = await openWorld();
    try {
      other.publish([release({ version: '7.0.0' })], { sequence: 1, channel: 'mine', by: world.signer });
      box.around.settings = { ...box.around.settings, channel: other.url, tls_ca_file: other.caFile, automatic: false };
      await box.pass(1);
      expect(box.engine.offered()?.version).toBe('7.0.0');
    } finally {
      await other.stop();
    }
  });

  test.each([true, false])('not while the clock cannot be right (by a time server: %s)', async (synchronised) => {
    box.appliance.synchronised = synchronised;
    box.clock.setWall(Date.UTC(2020, 0, 1));
    const before = looks();
    await box.pass(10);
    expect(looks() - before).toBe(0);
    await expect(box.engine.poller.look()).rejects.toMatchObject({ code: 'update-clock' });
  });

  test('not by a clock that a time server has put back before the last index was made', async () => {
    world.publish([release()]);
    await box.pass(5);
    const made_ms = box.engine.context.state.now().channel!.made_ms;
    box.clock.setWall(made_ms - 2 * 86_400_000);
    await expect(box.engine.poller.look()).rejects.toMatchObject({ code: 'update-clock' });
  });

  test('not where no channel is set', async () => {
    const none = await openTestBox(world, { settings: { channel: null } });
    await none.pass(10);
    await expect(none.engine.poller.look()).rejects.toMatchObject({ code: 'update-no-channel' });
  });

  test('not by a box without its data, or on other hardware', async () => {
    const before = looks();
    for (const facts of [{ data: 'locked' }, { data: 'missing' }, { moved: true }] as const) {
      await (await openTestBox(world, { facts })).pass(10);
    }
    expect(looks() - before).toBe(0);
  });
});
