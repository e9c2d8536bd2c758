import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

/** What the server does instead of going on: says something, cuts the line, falls silent, or stops reading. */
export type SmtpAct = string | 'CUT' | 'SILENCE' | 'STALL';

export interface HostileSmtpOptions {
  /** Without it the server has no TLS at all. */
  tls?: { key: string; cert: string };
  security?: 'starttls' | 'tls';
  /** Announced by SIZE. */
  size?: number;
  pipelining?: boolean;
  auth?: boolean;
  /** Acts by the moment; the moments not named go as they should. `stripped`: EHLO without STARTTLS, and 502 to it. */
  on?: Partial<Record<'greeting' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'dot', SmtpAct>>;
  /** An act in the middle of a mail, after so many of its bytes. */
  within?: { bytes: number; act: SmtpAct };
  stripped?: boolean;
  /** Ends each connection after so many mails, as soon as the next MAIL comes, with these words or none. */
  mailsPerConnection?: number;
  farewell?: string;
}

export interface HostileSmtp {
  port: number;
  /** Commands as they came, over all connections. */
  commands: string[];
  connections: number;
  /** Mails that came whole, dots unstuffed. */
  mails: Buffer[];
  stop(): Promise<void>;
}

/** An SMTP server that goes wrong at a chosen moment. */
export async function startHostileSmtp(options: HostileSmtpOptions): Promise<HostileSmtp> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    hostile.connections++;
    if (options.security === 'tls') serve(secure(socket), options, hostile, true);
    else serve(socket, options, hostile, false);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hostile: HostileSmtp = {
    port: (server.address() as AddressInfo).port,
    commands: [],
    connections: 0,
    mails: [],
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  const secure = (socket: Socket) => {
    const secured = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(options.tls) });
    secured.on('error', () => {});
    return secured;
  };
  const serve = (socket: Socket, o: HostileSmtpOptions, seen: HostileSmtp, secured: boolean) =>
    converse(socket, o, seen, secured, () => serve(secure(socket), o, seen, true));
  return hostile;
}

const END = Buffer.from('\r\n.\r\n');

function converse(
  socket: Socket,
  o: HostileSmtpOptions,
  seen: HostileSmtp,
  secured: boolean,
  upgrade: () => void,
): void {
  let pending = Buffer.alloc(0);
  let mode: 'commands' | 'mail' | 'deaf' = 'commands';
  let mails = 0;
  const say = (line: string) => socket.write(`${line}\r\n`);
  const act = (moment: keyof NonNullable<HostileSmtpOptions['on']>, otherwise: () => void) => {
    const what = o.on?.[moment];
    if (what === undefined) otherwise();
    else perform(what);
  };
  const perform = (what: SmtpAct) => {
    if (what === 'CUT') socket.destroy();
    else if (what === 'SILENCE') mode = 'deaf';
    else if (what === 'STALL') socket.pause();
    else say(what);
  };
  const command = (line: string) => {
    seen.commands.push(line);
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO') {
      const lines = ['fake', ...(o.size === undefined ? [] : [`SIZE ${o.size}`])];
      if (o.pipelining ?? true) lines.push('PIPELINING');
      if (!secured && !o.stripped) lines.push('STARTTLS');
      if (o.auth && secured) lines.push('AUTH PLAIN XOAUTH2');
      const text = lines.map((l, i) => `250${i === lines.length - 1 ? ' ' : '-'}${l}`).join('\r\n');
      act('ehlo', () => say(text));
    } else if (verb === 'STAR') {
      if (o.stripped) return say('502 5.5.1 no such command');
      act('starttls', () => {
        socket.removeAllListeners('data');
        say('220 go ahead');
        upgrade();
      });
    } else if (verb === 'AUTH') act('auth', () => say('235 2.7.0 welcome'));
    else if (verb === 'MAIL') {
      if (o.mailsPerConnection !== undefined && mails >= o.mailsPerConnection) {
        if (o.farewell !== undefined) say(o.farewell);
        return socket.end();
      }
      act('mail', () => say('250 2.1.0 ok'));
    } else if (verb === 'RCPT') act('rcpt', () => say('250 2.1.5 ok'));
    else if (verb === 'DATA') {
      act('data', () => {
        if (o.on?.rcpt !== undefined || o.on?.mail !== undefined) return say('503 5.5.1 no valid recipients');
        mode = 'mail';
        say('354 go ahead');
      });
    } else if (verb === 'QUIT') {
      say('221 bye');
      socket.end();
    } else say('250 2.0.0 ok');
  };
  const chunks: Buffer[] = [];
  let received = 0;
  const mailBytes = (chunk: Buffer) => {
    chunks.push(chunk);
    received += chunk.length;
    if (o.within && received >= o.within.bytes) return perform(o.within.act);
    const tail = Buffer.concat(chunks.slice(-3));
    if (!tail.subarray(-END.length).equals(END)) return;
    const mail = Buffer.concat(chunks.splice(0)).subarray(0, -3);
    received = 0;
    mails++;
    mode = 'commands';
    seen.mails.push(Buffer.from(mail.toString('latin1').replace(/^\.\./gm, '.'), 'latin1'));
    act('dot', () => say('250 2.0.0 queued as FAKE'));
  };
  socket.on('data', (chunk: Buffer) => {
    if (mode === 'deaf') return;
    if (mode === 'mail') return mailBytes(chunk);
    pending = Buffer.concat([pending, chunk]);
    for (let end = pending.indexOf('\r\n'); end >= 0 && mode === 'commands'; end = pending.indexOf('\r\n')) {
      const line = pending.subarray(0, end).toString('latin1');
      pending = pending.subarray(end + 2);
      command(line);
    }
  });
  if (!secured || o.security === 'tls') act('greeting', () => say('220 fake ESMTP'));
}
