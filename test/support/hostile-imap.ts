import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

export interface HostileImapOptions {
  tls: { key: string; cert: string };
  security?: 'starttls' | 'tls';
  /** The mails of INBOX, by UID. */
  mails: Map<number, Buffer>;
  uidValidity?: number;
  /** Announced beside IMAP4rev1; MOVE, UIDPLUS and IDLE by default. */
  capabilities?: string[];
  /** Sees every command first; true: it has dealt with it. */
  intercept?(command: ImapCommand, talk: ImapTalk): boolean;
}

export interface ImapCommand {
  tag: string;
  /** `UID FETCH`, `SELECT`, …, in capitals. */
  name: string;
  args: string;
}

export interface ImapTalk {
  say(line: string): void;
  raw(bytes: Buffer): void;
  cut(): void;
}

export interface HostileImap {
  port: number;
  commands: ImapCommand[];
  connections: number;
  uidValidity: number;
  /** UIDs that were moved or expunged. */
  removed: number[];
  /** Tells idling clients of a change. */
  announce(): void;
  stop(): Promise<void>;
}

/** An IMAP server with one small mailbox, which can go wrong at any command. */
export async function startHostileImap(options: HostileImapOptions): Promise<HostileImap> {
  const sockets = new Set<Socket>();
  const idling = new Set<() => void>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    hostile.connections++;
    const implicit = (options.security ?? 'tls') === 'tls';
    converse(implicit ? secure(socket) : socket, implicit, true);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hostile: HostileImap = {
    port: (server.address() as AddressInfo).port,
    commands: [],
    connections: 0,
    uidValidity: options.uidValidity ?? 1,
    removed: [],
    announce() {
      for (const tell of idling) tell();
    },
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

  function converse(socket: Socket, secured: boolean, greet: boolean): void {
    const talk: ImapTalk = {
      say: (line) => void socket.write(`${line}\r\n`),
      raw: (bytes) => void socket.write(bytes),
      cut: () => void socket.destroy(),
    };
    let pending = '';
    socket.on('data', (chunk) => {
      pending += chunk.toString('latin1');
      for (let end = pending.indexOf('\r\n'); end >= 0; end = pending.indexOf('\r\n')) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        const [, tag = '', name = '', args = ''] = /^(\S+)(?: ((?:UID )?\S+)(?: (.*))?)?$/i.exec(line) ?? [];
        const command = { tag, name: name.toUpperCase(), args };
        hostile.commands.push(command);
        if (options.intercept?.(command, talk)) continue;
        if (command.name === 'STARTTLS') {
          socket.removeAllListeners('data');
          talk.say(`${tag} OK go ahead`);
          return converse(secure(socket), true, false);
        }
        answer(command, talk, secured);
      }
    });
    if (greet) talk.say('* OK fake IMAP');
  }

  let idleTag = '';
  function answer({ tag, name, args }: ImapCommand, talk: ImapTalk, secured: boolean): unknown {
    const uids = [...options.mails.keys()];
    const ok = () => talk.say(`${tag} OK done`);
    const exists = () => talk.say(`* ${options.mails.size} EXISTS`);
    switch (name) {
      case 'CAPABILITY': {
        const more = options.capabilities ?? ['MOVE', 'UIDPLUS', 'IDLE'];
        talk.say(`* CAPABILITY IMAP4rev1 ${[...more, ...(secured ? [] : ['STARTTLS'])].join(' ')}`);
        return ok();
      }
      case 'LIST':
        talk.say('* LIST (\\HasNoChildren) "/" INBOX');
        return ok();
      case 'STATUS':
        talk.say(`* STATUS ${args.split(' ')[0]} (MESSAGES 0)`);
        return ok();
      case 'SELECT':
        exists();
        talk.say(`* OK [UIDVALIDITY ${hostile.uidValidity}] ok`);
        talk.say(`${tag} OK [READ-WRITE] done`);
        return;
      case 'UID SEARCH': {
        const from = Number(/UID (\d+)/i.exec(args)?.[1] ?? 1);
        const found = /DELETED/i.test(args) ? [] : uids.filter((uid) => uid >= from);
        talk.say(`* SEARCH ${found.join(' ')}`);
        return ok();
      }
      case 'UID FETCH':
        fetch(args, talk, uids);
        return ok();
      case 'UID MOVE':
      case 'UID EXPUNGE':
        for (const uid of args.split(' ')[0]!.split(',').map(Number)) {
          if (options.mails.delete(uid)) hostile.removed.push(uid);
        }
        return ok();
      case 'IDLE': {
        idleTag = tag;
        idling.add(exists);
        return talk.say('+ idling');
      }
      case '': // DONE
        idling.clear();
        return talk.say(`${idleTag} OK idled`);
      case 'LOGOUT':
        talk.say('* BYE');
        return ok();
      default:
        return ok();
    }
  }

  function fetch(args: string, talk: ImapTalk, uids: number[]): void {
    for (const uid of args.split(' ')[0]!.split(',').map(Number)) {
      const mail = options.mails.get(uid);
      if (mail === undefined) continue;
      const head = mail.subarray(0, mail.indexOf('\r\n\r\n') + 4);
      const partial = /<(\d+)\.(\d+)>/.exec(args);
      const [start, length] = [Number(partial?.[1] ?? 0), Number(partial?.[2] ?? mail.length)];
      const header = /HEADER/i.test(args);
      const bytes = (header ? head : mail).subarray(start, start + length);
      const item = header ? `RFC822.SIZE ${mail.length} BODY[HEADER]` : 'BODY[]';
      talk.raw(Buffer.from(`* ${uids.indexOf(uid) + 1} FETCH (UID ${uid} ${item}<${start}> {${bytes.length}}\r\n`));
      talk.raw(Buffer.concat([bytes, Buffer.from(')\r\n')]));
    }
  }
  return hostile;
}
