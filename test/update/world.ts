import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BootFacts } from '../../src/appliance/appliance.ts';
import { examine } from '../../src/config/examine.ts';
import type { Settings } from '../../src/config/schema.ts';
import { update } from '../../src/config/sections/update.ts';
import { sha256 } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';
import { updateLimits } from '../../src/core/update-limits.ts';
import type { UpdateParts } from '../../src/update/context.ts';
import { type Engine, openEngine } from '../../src/update/engine.ts';
import { signEnvelope } from '../../src/update/envelope.ts';
import { type BoxReport, type ChannelIndex, INDEX_TYPE, type Release } from '../../src/update/words.ts';
import { type FakeAppliance, fakeAppliance } from '../support/appliance.ts';
import { type IssuedCertificate, makeCa } from '../support/ca.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { index } from './samples.ts';
import { certificate, type Issued, makeIssuer } from './signers.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** An operator: its keys, and a web server with a channel's folder, over TLS on loopback. */
export interface World {
  readonly folder: string;
  readonly root: Issued;
  readonly signer: Issued;
  readonly caFile: string;
  readonly url: string;
  /** What it was asked, `METHOD /path`, the oldest first. */
  readonly asked: string[];
  readonly reports: BoxReport[];
  issue: Awaited<ReturnType<typeof makeIssuer>>;
  certificate(o: Parameters<Awaited<ReturnType<typeof makeCa>>['issue']>[0]): Promise<IssuedCertificate>;
  /** Signs an index and lays it and its bundles into the folder. */
  publish(releases: Release[], o?: Parameters<typeof index>[1] & { by?: Issued }): ChannelIndex;
  /** Answers one path by hand; null: as before. */
  answer(path: string, handler: Handler | null): void;
  /** The certificate it shows from now on. */
  show(certificate: IssuedCertificate): void;
  stop(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'rohrpost-update-'));
  const issue = await makeIssuer(join(folder, 'keys'));
  const ca = await makeCa(join(folder, 'ca'));
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, ca.caPem);
  const root = await issue();
  const signer = await issue({ by: root });
  const files = new Map<string, Buffer>();
  const byHand = new Map<string, Handler>();
  const asked: string[] = [];
  const reports: BoxReport[] = [];

  const serve: Handler = (request, response) => {
    const path = request.url ?? '/';
    asked.push(`${request.method} ${path}`);
    const special = byHand.get(path);
    if (special) return special(request, response);
    if (request.method === 'POST') {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        reports.push(JSON.parse(Buffer.concat(chunks).toString()));
        response.writeHead(204).end();
      });
      return;
    }
    const found = files.get(path);
    if (!found) return void response.writeHead(404).end();
    const etag = `"${sha256(found)}"`;
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
    response.writeHead(200, { etag, 'content-length': found.length });
    response.end(request.method === 'HEAD' ? undefined : found);
  };
  const server: Server = createServer(await ca.issue({ ips: ['127.0.0.1'] }), serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...{ folder, root, signer, caFile, asked, reports, issue, certificate: ca.issue },
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/chan`,
    publish: (releases, o = {}) => {
      const content = index(releases, o);
      const envelope = signEnvelope(INDEX_TYPE, Buffer.from(JSON.stringify(content)), [o.by ?? signer]);
      files.set('/chan/index.json', Buffer.from(JSON.stringify(envelope)));
      for (const { bundle, size_bytes } of releases) files.set(`/chan/${bundle}`, Buffer.alloc(size_bytes, 1));
      return content;
    },
    answer: (path, handler) => void (handler ? byHand.set(path, handler) : byHand.delete(path)),
    show: ({ key, cert }) => server.setSecureContext({ key, cert }),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A box that is led by hand through its time. */
export interface TestBox {
  readonly engine: Engine;
  readonly clock: ManualClock;
  readonly appliance: FakeAppliance;
  readonly around: Around;
  /** Lets time pass, a minute at a time, and does what is due. */
  pass(minutes: number): Promise<void>;
  /** The machine starts anew: with other facts, in another start. */
  boots(facts?: Partial<BootFacts>, o?: { trial?: boolean; sameBoot?: boolean }): Promise<TestBox>;
}

/** What a test says of the house around. */
export interface Around {
  settings: Settings['update'];
  moving: boolean;
  works: boolean;
  health: BoxReport['health'];
  mails: { to: string; report: BoxReport }[];
}

const MINUTE_MS = 60_000;
const usual = examine(update, {}).value as Settings['update'];

/** A box in a data folder of its own, at any hour of the day: its window is always open, unless `settings` say otherwise. */
export async function openTestBox(
  world: World,
  o: {
    folder?: string;
    settings?: Partial<Settings['update']>;
    facts?: Partial<BootFacts>;
    clock?: ManualClock;
    boot?: string;
    trial?: boolean;
    around?: Around;
    parts?: Partial<UpdateParts>;
  } = {},
): Promise<TestBox> {
  const folder = o.folder ?? (await mkdtemp(join(world.folder, 'box-')));
  const clock = o.clock ?? manualClock(Date.now() + 3_600_000);
  const appliance = fakeAppliance({ facts: o.facts ?? {} });
  appliance.trial = o.trial ?? false;
  const window = { from: '00:00', to: '00:00', time_zone: null };
  const around: Around = o.around ?? {
    settings: { ...usual, channel: world.url, tls_ca_file: world.caFile, window, ...o.settings },
    ...{ moving: false, works: true, health: 'green', mails: [] },
  };
  const boot = o.boot ?? '1';
  const engine = await openEngine({
    ...{ folder, clock, log: silentLog, appliance, operator: null, boot },
    roots: () => [certificate(world.root)],
    settings: () => around.settings,
    worked: () => around.works,
    studiesMove: () => around.moving,
    health: () => around.health,
    hostName: () => 'praxis-box',
    mail: async (to, report) => void around.mails.push({ to, report }),
    onChange: () => {},
    limits: { ...updateLimits, idle_ms: 1_500, request_ms: 5_000 },
    ...o.parts,
  });
  return {
    ...{ engine, clock, appliance, around },
    pass: async (minutes) => {
      for (let minute = 0; minute < minutes; minute++) {
        clock.advance(MINUTE_MS);
        await engine.step();
        await engine.installs.settled();
      }
    },
    boots: async (facts = {}, { trial = false, sameBoot = false } = {}) => {
      await engine.stop();
      const next = { facts: { ...appliance.facts, fellBack: null, ...facts }, boot: sameBoot ? boot : `${boot}1` };
      return openTestBox(world, { ...o, folder, clock, around, trial, ...next });
    },
  };
}
