import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { writeDurably } from '../../../src/core/files.ts';
import { failure, reasonOf } from '../errors.ts';
import { refusalText, takeMail } from '../mail.ts';
import { addCommand, type Operator } from '../operator.ts';
import { statusPage } from '../page.ts';
import { openReceiver } from '../receive.ts';
import { openShelf, readRecords } from '../reports.ts';
import { silentDays, statusRows, statusSummary, statusTable } from '../status.ts';

/** Public keys of boxes that report by mail, beside their reports. */
const KEYS_FOLDER = 'keys';
const TOKEN = /^[A-Za-z0-9_-]{20,200}$/;

/** `rohrpost-fleet receive, take-mail, status` */
export function addReportCommands(program: Command, op: Operator): void {
  const { help } = op;
  addCommand(program, op, 'receive', help('receive'))
    .requiredOption('--reports <folder>', help('reports'))
    .requiredOption('--cert <file>', help('cert'))
    .requiredOption('--key <file>', help('key'))
    .requiredOption('--token-file <file>', help('token-file'))
    .option('--port <port>', help('port'), '443')
    .option('--host <address>', help('host'), '::')
    .action((o: ReceiveOptions) => receive(op, o));
  addCommand(program, op, 'take-mail', help('take-mail'))
    .argument('<reports>', help('reports'))
    .argument('<maildir>', help('maildir'))
    .action((reports: string, maildir: string) => take(op, reports, maildir));
  addCommand(program, op, 'status', help('status'))
    .argument('<reports>', help('reports'))
    .option('--html <file>', help('html'))
    .option('--json', help('json'))
    .action((reports: string, o: { html?: string; json?: boolean }) => status(op, reports, o));
}

interface ReceiveOptions {
  reports: string;
  cert: string;
  key: string;
  tokenFile: string;
  port: string;
  host: string;
}

async function receive(op: Operator, o: ReceiveOptions): Promise<void> {
  const port = Number(o.port);
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw failure('option-invalid', { option: '--port', value: o.port, expected: '0…65535' });
  }
  const token = (await readText(o.tokenFile)).trim();
  if (!TOKEN.test(token)) throw failure('receive-token', { file: o.tokenFile });
  const server = openReceiver({
    ...{ shelf: await openShelf(o.reports), cert: await readText(o.cert), key: await readText(o.key) },
    ...{ now: op.now, path: `/report/${token}`, log: op.aside },
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: o.host }, () => {
      const address = server.address();
      const at = typeof address === 'object' && address ? address.port : port;
      op.line(op.say('receive-open', { address: `https://[${o.host}]:${at}/report/…` }));
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.close(() => resolve()));
  });
}

async function take(op: Operator, reports: string, maildir: string): Promise<void> {
  const shelf = await openShelf(reports);
  const outcomes = await takeMail(maildir, { shelf, keys: join(reports, KEYS_FOLDER), now_ms: op.now() });
  for (const { file, box, result, fingerprint, error } of outcomes) {
    if (result === 'new-key') op.aside(op.say('mail-new-key', { box: box!, fingerprint: fingerprint! }));
    if (error) op.aside(op.say('mail-refused', { file, reason: refusalText(error, op.console.language) }));
  }
  const count = outcomes.filter(({ result }) => result === 'taken' || result === 'new-key').length;
  op.line(op.say('mail-taken', { count }));
}

async function status(op: Operator, reports: string, o: { html?: string; json?: boolean }): Promise<void> {
  const { language } = op.console;
  const records = await readRecords(reports);
  const rows = statusRows(records, op.now(), language);
  if (o.html !== undefined) await writeDurably(o.html, statusPage(rows, op.now(), language), 0o644);
  if (o.json) {
    op.console.json(records.map((record) => ({ ...record, silent_days: silentDays(record, op.now()) })));
  } else if (rows.length === 0) op.line(op.say('status-none'));
  else {
    for (const line of statusTable(rows, language)) op.line(line);
    op.line(statusSummary(rows, language));
  }
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause) => {
    throw failure('file-unreadable', { file, reason: reasonOf(cause) });
  });
}
