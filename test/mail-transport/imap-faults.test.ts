import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RohrpostError } from '../../src/core/errors.ts';
import type { ImapAccount } from '../../src/mail/imap.ts';
import { type IssuedCertificate, makeCa, type TestCa } from '../support/ca.ts';
import { type Collecting, collecting, QUICK_LIMITS } from '../support/collecting.ts';
import { type HostileImap, type HostileImapOptions, startHostileImap } from '../support/hostile-imap.ts';

let folder: string;
let spool: string;
let ca: TestCa;
let tls: IssuedCertificate;
let mails: Map<number, Buffer>;
const open: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rohrpost-imap-'));
  ca = await makeCa(join(folder, 'ca'));
  tls = await ca.issue({ names: ['localhost'] });
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  spool = await mkdtemp(join(folder, 'spool-'));
  mails = new Map([1, 2, 3].map((uid) => [uid, mailOf(uid, 10_000)]));
});
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.stop();
});

const LIMITS = { ...QUICK_LIMITS, connect_ms: 500, session_ms: 500, socket_ms: 500, fetch_ms: 500, fetch_bytes: 4096 };

function mailOf(id: number, bytes: number): Buffer {
  const head = `Message-ID: <m${id}@clinic-a.example>\r\nX-TELEMEDICINE-SETID: s${id}\r\n\r\n`;
  return Buffer.from(head + `line ${id}\r\n`.repeat(bytes).slice(0, bytes - head.length));
}

async function server(options: Partial<HostileImapOptions> = {}): Promise<HostileImap> {
  const imap = await startHostileImap({ tls, mails, ...options });
  open.push(imap);
  return imap;
}

function collect(imap: HostileImap, o: Parameters<typeof collecting>[2] = {}, account: Partial<ImapAccount> = {}) {
  const now = collecting(
    {
      host: 'localhost',
      port: imap.port,
      security: 'tls',
      ca: ca.caPem,
      user: 'box',
      password: 'geheim',
      folder: 'INBOX',
      afterwards: { action: 'move', folder: 'Erledigt' },
      ...account,
    },
    spool,
    { limits: LIMITS, ...o },
  );
  open.push(now.collector);
  return now;
}

/** All three mails are in the ledger once, off the server, their bytes as they were. */
async function allThere(now: Collecting, imap: HostileImap, originals = [1, 2, 3].map((id) => mailOf(id, 10_000))) {
  await now.until(() => imap.removed.length === 3);
  expect(new Set(imap.removed)).toEqual(new Set([1, 2, 3]));
  const files = await Promise.all(now.taken.map((mail) => readFile(mail.path)));
  expect(files.length).toBe(3);
  for (const original of originals) expect(files.some((file) => file.equals(original))).toBe(true);
}

describe('the way as it should be', () => {
  test.each(['tls', 'starttls'] as const)('by %s, in pieces, byte for byte', async (security) => {
    const imap = await server({ security });
    await allThere(collect(imap, {}, { security }), imap);
    expect(imap.commands.filter((command) => command.name === 'UID FETCH').length).toBe(1 + 3 * 3);
  });

  test('mails as long as one piece, or a multiple of it', async () => {
    const sizes = [4096, 8192, 12_288];
    mails = new Map(sizes.map((bytes, i) => [i + 1, mailOf(i + 1, bytes)]));
    const originals = [...mails.values()];
    const imap = await server();
    await allThere(collect(imap), imap, originals);
  });

  test('news during IDLE is collected at once', async () => {
    mails.clear();
    const imap = await server();
    const now = collect(imap, { limits: { ...LIMITS, poll_ms: 60_000 } });
    await now.until(() => imap.commands.some((command) => command.name === 'IDLE'));
    mails.set(9, mailOf(9, 5_000));
    imap.announce();
    await now.until(() => imap.removed.includes(9));
    expect(now.taken.length).toBe(1);
  });

  test('a server without IDLE is polled', async () => {
    mails.clear();
    const imap = await server({ capabilities: ['MOVE'] });
    const now = collect(imap);
    await now.until(() => now.states.some((state) => state.state === 'idle'));
    mails.set(9, mailOf(9, 5_000));
    await now.until(() => imap.removed.includes(9));
  });

  test('wake looks at once', async () => {
    mails.clear();
    const imap = await server({ capabilities: ['MOVE'] });
    const now = collect(imap, { limits: { ...LIMITS, poll_ms: 60_000 } });
    await now.until(() => now.states.some((state) => state.state === 'idle'));
    mails.set(9, mailOf(9, 5_000));
    now.collector.wake();
    await now.until(() => imap.removed.includes(9));
  });
});

/** An interceptor that acts the first `times` times the command comes. */
function first(times: number, name: string, act: NonNullable<HostileImapOptions['intercept']>) {
  let left = times;
  return { intercept: ((command, talk) => command.name === name && left-- > 0 && act(command, talk)) as typeof act };
}

describe('F44: connections that die', () => {
  test.each([
    ['LOGIN', 'CUT'],
    ['SELECT', 'CUT'],
    ['UID SEARCH', 'CUT'],
    ['UID FETCH', 'CUT'],
    ['UID MOVE', 'CUT'],
    ['IDLE', 'CUT'],
    ['LOGIN', 'SILENCE'],
    ['SELECT', 'SILENCE'],
    ['UID SEARCH', 'SILENCE'],
    ['UID FETCH', 'SILENCE'],
    ['UID MOVE', 'SILENCE'],
    ['NOOP', 'SILENCE'],
    ['SELECT', '* BYE server is going down'],
    ['UID FETCH', '* BYE server is going down'],
  ])('at %s: %s', async (name, how) => {
    const act: HostileImapOptions['intercept'] = (_command, talk) => {
      if (how === 'CUT') talk.cut();
      else if (how !== 'SILENCE') {
        talk.say(how);
        talk.cut();
      }
      return true;
    };
    const imap = await server(first(1, name, act));
    const now = collect(imap);
    await allThere(now, imap);
    await now.until(() => imap.connections === 2);
    await now.until(() => now.states.some((state) => state.state === 'disconnected'));
    expect((await readdir(spool)).length).toBe(3);
  });

  test('cut in the middle of a mail: no file stays, the others come first, then this one', async () => {
    const imap = await server(
      first(1, 'UID FETCH', (command, talk) => {
        if (!command.args.includes('<4096.')) return false;
        talk.raw(Buffer.from('* 1 FETCH (UID 1 BODY[]<4096> {4096}\r\nonly a little'));
        talk.cut();
        return true;
      }),
    );
    let cuts = 0;
    const now = collect(imap, { newPath: () => join(spool, `n${cuts++}`) });
    await allThere(now, imap);
  });

  test('a literal announced larger than sent ends by a deadline, nothing is stored', async () => {
    const imap = await server({
      intercept: (command, talk) => {
        if (command.name !== 'UID FETCH' || command.args.includes('HEADER')) return false;
        talk.raw(Buffer.from('* 1 FETCH (UID 1 BODY[]<0> {4000}\r\nshort'));
        return true;
      },
    });
    const now = collect(imap);
    await now.until(() => now.errors().includes('transport-timed-out'));
    expect(now.taken).toEqual([]);
    expect(await readdir(spool)).toEqual([]);
  });

  test('a literal that trickles in is cut off by the deadline of the command', async () => {
    const imap = await server({
      intercept: (command, talk) => {
        if (command.name !== 'UID FETCH' || command.args.includes('HEADER')) return false;
        talk.raw(Buffer.from('* 1 FETCH (UID 1 BODY[]<0> {4000}\r\n'));
        const trickle = setInterval(() => talk.raw(Buffer.from('x')), 50);
        setTimeout(() => clearInterval(trickle), 2_000);
        return true;
      },
    });
    const now = collect(imap);
    await now.until(() => now.errors().includes('transport-timed-out'));
  });

  test('a 5 GB literal is refused before it is read', async () => {
    const imap = await server({
      intercept: (command, talk) => {
        if (command.name !== 'UID FETCH' || command.args.includes('HEADER')) return false;
        talk.raw(Buffer.from('* 1 FETCH (UID 1 BODY[]<0> {5368709120}\r\n'));
        return true;
      },
    });
    const now = collect(imap);
    await now.until(() => now.errors().includes('transport-protocol'));
    expect(await readdir(spool)).toEqual([]);
  });

  test('a mail that says it is 5 GB is not fetched, and does not hold up the others', async () => {
    const imap = await server({
      intercept: (command, talk) => {
        if (command.name !== 'UID FETCH' || !command.args.includes('HEADER')) return false;
        for (const [uid, mail] of mails) {
          const head = mail.subarray(0, mail.indexOf('\r\n\r\n') + 4);
          const size = uid === 1 ? 50_000_000_000 : mail.length;
          const item = `* 1 FETCH (UID ${uid} RFC822.SIZE ${size} BODY[HEADER]<0> {${head.length}}\r\n${head})`;
          talk.say(item);
        }
        talk.say(`${command.tag} OK done`);
        return true;
      },
    });
    const now = collect(imap);
    await now.until(() => imap.removed.length === 2);
    expect(now.errors()).toContain('transport-mail-oversized');
    expect(now.taken.map((mail) => mail.uid)).toEqual([2, 3]);
  });

  test('a mail shorter than the server said is never taken for complete', async () => {
    const whole = mails.get(2)!;
    const imap = await server({
      intercept: (command, talk) => {
        if (command.name !== 'UID FETCH' || !command.args.startsWith('2 ')) return false;
        const start = Number(/<(\d+)\./.exec(command.args)?.[1]);
        const bytes = whole.subarray(0, 6_000).subarray(start, start + 4096);
        talk.raw(Buffer.from(`* 2 FETCH (UID 2 BODY[]<${start}> {${bytes.length}}\r\n`));
        talk.say(`${bytes})`);
        talk.say(`${command.tag} OK done`);
        return true;
      },
    });
    const now = collect(imap);
    await now.until(() => imap.removed.length === 2);
    await now.until(() => now.errors().includes('transport-mail-incomplete'));
    expect(now.taken.map((mail) => mail.uid)).toEqual([1, 3]);
    expect(mails.has(2)).toBe(true);
    expect((await readdir(spool)).length).toBe(2);
  });

  test('a header larger than the bound does not break the connection', async () => {
    mails.set(2, Buffer.concat([Buffer.from('X-Long: '), Buffer.alloc(100_000, 'x'), Buffer.from('\r\n\r\nbody')]));
    const imap = await server();
    const now = collect(imap, { limits: { ...LIMITS, header_bytes: 2_000 } });
    await now.until(() => imap.removed.length === 2);
    expect(now.errors()).toEqual([]);
    expect(mails.has(2)).toBe(true);
  });

  test('stop in the middle of a mail leaves no file and no connection', async () => {
    const imap = await server({
      intercept: (command) => command.name === 'UID FETCH' && command.args.includes('<4096.'),
    });
    const now = collect(imap, { limits: { ...LIMITS, fetch_ms: 60_000, socket_ms: 60_000 } });
    await now.until(() => imap.commands.some((command) => command.args.includes('<4096.')));
    await now.collector.stop();
    expect(await readdir(spool)).toEqual([]);
    expect(now.taken).toEqual([]);
  });
});

describe('F42: taken, and not yet put away', () => {
  test('a mail whose move is refused stays in the ledger and is moved later, not fetched again', async () => {
    const imap = await server(
      first(2, 'UID MOVE', (command, talk) => {
        talk.say(`${command.tag} NO [INUSE] not now`);
        return true;
      }),
    );
    const now = collect(imap);
    await allThere(now, imap);
    expect(now.errors()).toContain('transport-not-put-away');
  });

  test('a mail that is already taken is not downloaded, only moved', async () => {
    const ledger = new Set([...mails.values()].map((mail, i) => `<m${i + 1}@clinic-a.example> ${mail.length}`));
    const imap = await server();
    const now = collect(imap, { ledger });
    await now.until(() => imap.removed.length === 3);
    expect(now.taken).toEqual([]);
    expect(imap.commands.some((command) => command.name === 'UID FETCH' && !command.args.includes('HEADER'))).toBe(
      false,
    );
  });

  test('F04: our disk is full: nothing leaves the server, and all of it comes once there is room', async () => {
    let full = true;
    const imap = await server();
    const now = collect(imap, {
      taken: async () => {
        if (full) throw new RohrpostError('disk-full', { details: { free_bytes: 0 } });
      },
    });
    await now.until(() => now.errors().filter((code) => code === 'disk-full').length >= 3);
    expect(imap.removed).toEqual([]);
    expect(await readdir(spool)).toEqual([]);
    full = false;
    await allThere(now, imap);
  });

  test('a mail goes from the server only after it was taken', async () => {
    const imap = await server();
    const seen: number[] = [];
    const now = collect(imap, {
      taken: async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        seen.push(imap.removed.length);
      },
    });
    await allThere(now, imap);
    expect(seen).toEqual([0, 1, 2]);
  });

  test('without UIDPLUS nothing is expunged while other people have mails marked as deleted', async () => {
    let others = true;
    const imap = await server({
      capabilities: [],
      intercept: (command, talk) => {
        if (command.name === 'EXPUNGE') {
          imap.removed.push(...mails.keys());
          mails.clear();
        }
        if (command.name !== 'UID SEARCH' || !command.args.includes('DELETED') || !others) return false;
        talk.say('* SEARCH 99');
        talk.say(`${command.tag} OK done`);
        return true;
      },
    });
    const now = collect(imap, {}, { afterwards: { action: 'delete' } });
    await now.until(() => now.taken.length === 3);
    await now.until(() => now.errors().filter((code) => code === 'transport-not-put-away').length >= 3);
    expect(imap.commands.map((command) => command.name)).not.toContain('EXPUNGE');
    others = false;
    await now.until(() => imap.removed.length === 3);
  });
});

describe('F43 and F58: a mailbox that others use too', () => {
  test('UIDVALIDITY changes under the connection: all is looked at again, nothing is taken twice', async () => {
    const moves: HostileImapOptions['intercept'] = (command, talk) => {
      if (command.name !== 'UID MOVE' || imap.uidValidity > 1) return false;
      talk.say(`${command.tag} NO not now`);
      return true;
    };
    const imap = await server({ intercept: moves });
    const now = collect(imap, { limits: { ...LIMITS, backoff_first_ms: 60_000, backoff_last_ms: 60_000 } });
    await now.until(() => now.taken.length === 3);
    const old = [...mails];
    mails.clear();
    old.forEach(([, mail], i) => void mails.set(i + 1, mail));
    mails.set(4, mailOf(4, 3_000));
    imap.uidValidity = 2;
    await now.until(() => imap.removed.length === 4);
    expect(now.taken.map((mail) => [mail.uidValidity, mail.uid])).toEqual([
      ['1', 1],
      ['1', 2],
      ['1', 3],
      ['2', 4],
    ]);
  });

  test('a mail that a person moves away in the middle of its download is let go', async () => {
    const imap = await server({
      intercept: (command) => {
        if (command.name === 'UID FETCH' && command.args.startsWith('2 ')) mails.delete(2);
        return false;
      },
    });
    const now = collect(imap);
    await now.until(() => imap.removed.length === 2);
    expect(now.taken.map((mail) => mail.uid)).toEqual([1, 3]);
    // A second box at this mailbox would look the same (F76).
    expect(now.gone).toBe(1);
    expect(now.errors()).toEqual([]);
    expect((await readdir(spool)).length).toBe(2);
  });

  test("other people's mail: its header is read once, and no command ever changes it", async () => {
    mails.set(2, Buffer.from('Message-ID: <lunch@x.example>\r\nSubject: Mittagessen?\r\n\r\nText\r\n'));
    const imap = await server();
    const now = collect(imap);
    await now.until(() => imap.removed.length === 2);
    const before = now.states.length;
    await now.until(() => now.states.length > before + 3);
    const touching = imap.commands.filter(({ name, args }) => name.startsWith('UID ') && /^[\d,]*\b2\b/.test(args));
    expect(touching.map(({ name }) => name)).toEqual(['UID FETCH']);
    expect(imap.commands.every(({ name }) => !/STORE|EXPUNGE|APPEND/.test(name))).toBe(true);
    expect(imap.commands.every(({ args }) => !/BODY\[|RFC822(?!\.SIZE)/.test(args))).toBe(true); // only BODY.PEEK
  });

  test('the folder to move into is made when it is missing; where it cannot be made, mails stay and it is said', async () => {
    const refused: HostileImapOptions['intercept'] = ({ name, tag }, talk) => {
      if (name !== 'STATUS' && name !== 'CREATE') return false;
      talk.say(`${tag} NO [CANNOT] no such thing`);
      return true;
    };
    const imap = await server({ intercept: refused });
    const now = collect(imap);
    await now.until(() => now.errors().includes('transport-folder-missing'));
    expect(imap.commands.some(({ name, args }) => name === 'CREATE' && args.includes('Erledigt'))).toBe(true);
    expect(imap.removed).toEqual([]);
  });
});

describe('F31 and F35 at the mailbox', () => {
  const refusedWith = async (options: Partial<HostileImapOptions>, account: Partial<ImapAccount> = {}) => {
    const imap = await server(options);
    const now = collect(imap, {}, account);
    await now.until(() => now.errors().length > 0);
    return { code: now.errors()[0], imap, now };
  };

  test('certificates: expired, other name, unknown authority', async () => {
    const expired = await ca.issue({ names: ['localhost'], expired: true });
    const other = await ca.issue({ names: ['mail.example'] });
    const stranger = await (await makeCa(join(folder, 'stranger'))).issue({ names: ['localhost'] });
    for (const security of ['tls', 'starttls'] as const) {
      for (const [cert, word] of [
        [expired, 'expired'],
        [other, 'name'],
        [stranger, 'untrusted'],
      ] as const) {
        const { code, imap } = await refusedWith({ tls: cert, security }, { security });
        expect(code).toBe(`transport-certificate-${word}`);
        expect(imap.commands.some(({ name }) => name === 'LOGIN')).toBe(false);
      }
    }
  });

  test('STARTTLS stripped: no login in clear', async () => {
    const { code, imap } = await refusedWith(
      {
        security: 'starttls',
        intercept: ({ name, tag }, talk) => {
          if (name !== 'CAPABILITY') return false;
          talk.say('* CAPABILITY IMAP4rev1');
          talk.say(`${tag} OK done`);
          return true;
        },
      },
      { security: 'starttls' },
    );
    expect(code).toBe('transport-tls-refused');
    expect(imap.commands.some(({ name }) => name === 'LOGIN')).toBe(false);
  });

  test('a refused login is told, and not repeated soon', async () => {
    const { code, imap } = await refusedWith({
      intercept: ({ name, tag }, talk) => {
        if (name !== 'LOGIN') return false;
        talk.say(`${tag} NO [AUTHENTICATIONFAILED] wrong`);
        return true;
      },
    });
    expect(code).toBe('transport-auth-failed');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(imap.commands.filter(({ name }) => name === 'LOGIN').length).toBe(1);
  });

  test('a server that is out of order for the moment is no wrong password', async () => {
    const { code } = await refusedWith({
      intercept: ({ name, tag }, talk) => {
        if (name !== 'LOGIN') return false;
        talk.say(`${tag} NO [UNAVAILABLE] the directory is down`);
        return true;
      },
    });
    expect(code).toBe('transport-refused-later');
  });

  test('a closed port is tried again and again, ever more slowly', async () => {
    const imap = await server();
    await imap.stop();
    open.splice(open.indexOf(imap), 1);
    const now = collect(imap, { limits: { ...LIMITS, backoff_first_ms: 20, backoff_last_ms: 100 } });
    await now.until(() => now.errors().length >= 5);
    expect(new Set(now.errors())).toEqual(new Set(['transport-connect-failed']));
  });
});
