import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { auditCsv, auditJsonLines } from '../audit/export.ts';
import { type KeptPlace, lookUpPlace, type Walked, walkChain } from '../audit/walk.ts';
import { type ErrorCode, errorText, RohrpostError } from '../core/errors.ts';
import { numberText } from '../core/figures.ts';
import type { ChainPlace } from '../store/desk/audit.ts';
import { DESK_FILE, type Desk, openDesk } from '../store/desk.ts';
import { actText } from '../web/audit-texts.ts';
import { addCommand, addGroup } from './command.ts';
import type { Console } from './console.ts';
import { becomeOwner } from './data.ts';
import { EXIT, UsageError } from './exits.ts';
import { openOutput } from './files.ts';

/** `rohrpost audit`: beside a running box, or without one. */
export function addAuditCommands(program: Command, c: Console): void {
  const audit = addGroup(program, c, 'audit', 'help.audit');
  addCommand(audit, c, 'verify', 'help.audit-verify')
    .option('--end <id:hash>', c.say('help.audit-end'))
    .option('--json', c.say('help.json'))
    .action((o: { end?: string; json?: true }) => verify(c, o));
  addCommand(audit, c, 'export', 'help.audit-export')
    .argument('<file>', c.say('help.audit-file'))
    .addOption(new Option('--format <format>', c.say('help.audit-format')).choices(['csv', 'jsonl']).default('csv'))
    .option('--by <name>', c.say('help.by'))
    .action((file: string, o: { format: 'csv' | 'jsonl' }) => write(c, file, o.format));
}

/** Exit 1 where the chain is broken, or is not the one that the kept place is of. */
async function verify(c: Console, o: { end?: string; json?: true }): Promise<void> {
  const kept = o.end === undefined ? null : placeOf(c, o.end);
  const found = await withAudit(c, async ({ audit }) => {
    // The end as somebody may keep it; what comes while we look is checked as well.
    const end = audit.last();
    const walked = (await walkChain(audit))!;
    return { ...walked, end, kept: kept && { ...kept, found: lookUpPlace(audit, walked, kept) } };
  });
  const { rows, brokenAt, end } = found;
  if (o.json) c.json({ rows, brokenAt, end, kept: found.kept });
  else tell(c, found);
  if (brokenAt !== null || (found.kept && found.kept.found !== 'sound')) c.exitCode = EXIT.failed;
}

type Found = Walked & { end: ChainPlace; kept: (ChainPlace & { found: KeptPlace }) | null };

function tell(c: Console, { rows, brokenAt, end, kept }: Found): void {
  const fail = (code: ErrorCode, details: Record<string, number>) =>
    c.line(`${c.say('check.fail')}  ${errorText(code, c.language, details)} [${code}]`);
  if (brokenAt !== null) fail('audit-broken', { row: brokenAt });
  else if (rows === 0) c.line(`${c.say('check.ok')}  ${c.say('audit.empty')}`);
  else c.line(`${c.say('check.ok')}  ${c.say('audit.sound', { rows: numberText(rows, c.language), count: rows })}`);
  if (kept) {
    const row = kept.id;
    if (kept.found === 'sound') c.line(`${c.say('check.ok')}  ${c.say('audit.kept-sound', { row })}`);
    else if (kept.found === 'broken') c.line(`${c.say('check.fail')}  ${c.say('audit.kept-broken', { row })}`);
    else if (kept.found === 'cut') fail('audit-cut', { row, last: end.id });
    else fail('audit-rewritten', { row });
  }
  if (end.id > 0) c.line(c.say('audit.end', { place: `${end.id}:${end.hash}` }));
}

/** @throws UsageError */
function placeOf(c: Console, text: string): ChainPlace {
  const [, id, hash] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text.toLowerCase()) ?? [];
  if (id === undefined) throw new UsageError(c.say('usage.audit-end', { what: text }));
  return { id: Number(id), hash: hash! };
}

async function write(c: Console, file: string, format: 'csv' | 'jsonl'): Promise<void> {
  const output = await openOutput(c, file);
  try {
    await withAudit(c, async ({ audit }) => {
      audit.add({ by: c.by, act: 'audit-export', details: { format }, now_ms: c.clock.now() });
      const lines =
        format === 'csv' ? auditCsv(audit, {}, (act) => actText(act, c.language)) : auditJsonLines(audit, {});
      await output.write(bytesOf(lines));
    });
    if (file !== '-') c.line(c.say('audit.exported', { file }));
  } finally {
    await output.close();
  }
}

async function* bytesOf(lines: AsyncIterable<string>): AsyncGenerator<Buffer> {
  for await (const text of lines) yield Buffer.from(text);
}

/**
 * Looking must not make what is looked for: a folder without an audit is told as such.
 * @throws RohrpostError audit-missing, store-too-new, store-corrupt
 */
async function withAudit<T>(c: Console, work: (desk: Desk) => Promise<T>): Promise<T> {
  becomeOwner(c.folder);
  if (!existsSync(join(c.folder, DESK_FILE))) {
    throw new RohrpostError('audit-missing', { details: { folder: c.folder } });
  }
  const desk = openDesk(c.folder);
  try {
    return await work(desk);
  } finally {
    desk.close();
  }
}
