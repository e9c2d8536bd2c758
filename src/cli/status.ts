import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { SETTINGS_FILE } from '../config/load.ts';
import type { Settings } from '../config/schema.ts';
import { harmless, shortId, spanText } from '../core/figures.ts';
import { cliLimits } from '../core/limits.ts';
import { retell } from '../core/retell.ts';
import { entityText, stateText } from '../line/state-texts.ts';
import { isFolderLocked } from '../store/database.ts';
import type { Alarm } from '../store/desk/alarms.ts';
import type { StateCount, Trouble } from '../store/overview.ts';
import { sightOfDesk } from '../store/sight.ts';
import type { Store } from '../store/store.ts';
import { addCommand } from './command.ts';
import type { Console } from './console.ts';
import { becomeOwner, withStore } from './data.ts';
import { tableText } from './format.ts';
import { type PageView, pageLines, pageOf } from './page-lines.ts';
import { type StudyView, studyCells, studyHead, studyView } from './study-line.ts';

/** The box at a glance. */
interface Status {
  site: string;
  address: string;
  running: boolean;
  /** How to get to its page; null where it was never opened. */
  page: PageView | null;
  alarms: AlarmView[];
  studies: StudyView[];
  queues: StateCount[];
  troubles: TroubleView[];
  /** Whether there are more troubles than are shown. */
  more: boolean;
}

/** What people are called for. */
type AlarmView = Pick<Alarm, 'light' | 'code' | 'since_ms'> & { title: string; words: string };

/** Rows that are stuck for the very same reason, told once: one of them, and how many they are. */
interface TroubleView extends Trouble {
  text: string;
  count: number;
}

/** `rohrpost status`: what is on its way, what waits, what needs a person. */
export function addStatusCommand(program: Command, c: Console): void {
  addCommand(program, c, 'status', 'help.status')
    .option('--watch', c.say('help.watch'))
    .option('--patients', c.say('help.patients'))
    .option('--json', c.say('help.json'))
    .action(async (o: { watch?: true; patients?: true; json?: true }) => {
      becomeOwner(c.folder);
      const page = await pageOf(c);
      if (page !== null && !existsSync(join(c.folder, SETTINGS_FILE))) {
        notSetUp(c, page, o.json ?? false);
        return;
      }
      await withStore(c, async ({ settings, store }) => {
        const look = () => statusOf(c, settings.current(), store, { page, withPatient: o.patients ?? false });
        if (o.json) c.json(look());
        else if (o.watch) await watch(c, look, (status) => statusLines(c, status, o.patients ?? false));
        else for (const line of statusLines(c, look(), o.patients ?? false)) c.line(line);
      });
    });
}

/** A box that people have yet to set up on its page, where the pairing code lets them in. */
function notSetUp(c: Console, page: PageView, asJson: boolean): void {
  if (asJson) c.json({ running: isFolderLocked(c.folder), page });
  else for (const line of [c.say('status.not-set-up'), '', ...pageLines(c, page)]) c.line(line);
}

const STUDIES = 15;

function statusOf(
  c: Console,
  settings: Settings,
  store: Store,
  { page, withPatient }: { page: PageView | null; withPatient: boolean },
): Status {
  const troubles = troublesOf(c, store);
  return {
    site: settings.site.name,
    address: settings.mail.address,
    running: isFolderLocked(c.folder),
    page,
    alarms: alarmsOf(c),
    studies: store.overview.studies({ limit: STUDIES }).map((line) => studyView(line, withPatient)),
    queues: store.overview.counts().filter(({ oldest_ms }) => oldest_ms !== null),
    troubles: troubles.slice(0, cliLimits.troubles),
    more: troubles.length > cliLimits.troubles,
  };
}

/** As the box wrote them down last. */
function alarmsOf({ folder, language }: Console): AlarmView[] {
  const standing = sightOfDesk(folder, (desk) => desk.alarms()) ?? [];
  return standing.map(({ light, code, since_ms, title, words }) => ({
    ...{ light, code, since_ms },
    ...{ title: harmless(title[language]), words: harmless(words[language]) },
  }));
}

/** The latest first. A part speaks for itself only where its consignment is not stuck as well. */
function troublesOf(c: Console, store: Store): TroubleView[] {
  const rows = store.overview.troubles(cliLimits.trouble_rows);
  const stuck = new Set(rows.map((row) => row.id));
  const groups = new Map<string, TroubleView>();
  for (const row of rows) {
    if (row.entity === 'part' && stuck.has(store.parts.get(row.id)!.consignment_id)) continue;
    const key = JSON.stringify([row.entity, row.state, row.code, row.reason]);
    const group = groups.get(key);
    if (group) group.count++;
    else groups.set(key, { ...row, text: harmless(retell(row.code, row.reason, c.language)), count: 1 });
  }
  return [...groups.values()];
}

function statusLines(c: Console, status: Status, withPatient: boolean): string[] {
  const now_ms = c.clock.now();
  const running = status.running ? c.say('status.running') : c.say('status.not-running');
  const studies = tableText([studyHead(c, withPatient), ...status.studies.map((view) => studyCells(c, view, now_ms))]);
  return [
    `${status.site} · ${status.address} · ${running}`,
    '',
    ...pageLines(c, status.page),
    ...section(
      c.say('status.alarms'),
      status.alarms.map((alarm) => alarmLine(c, alarm, now_ms)),
    ),
    ...(status.studies.length > 0 ? studies : [c.say('status.no-studies')]),
    '',
    ...section(c.say('status.queues'), tableText(status.queues.map((queue) => queueCells(c, queue, now_ms)))),
    ...section(
      c.say('status.troubles'),
      status.troubles.flatMap((trouble) => troubleLines(c, trouble, now_ms)),
    ),
    ...(status.more ? [c.say('status.more')] : []),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`), ''];
}

function alarmLine(c: Console, { title, words, code, since_ms }: AlarmView, now_ms: number): string {
  const age = c.say('status.oldest', { age: spanText(now_ms - since_ms, c.language) });
  return `${title}, ${age}: ${words}${code === null ? '' : ` [${code}]`}`;
}

function queueCells(c: Console, queue: StateCount, now_ms: number): string[] {
  const age = spanText(now_ms - queue.oldest_ms!, c.language);
  return [
    entityText(queue.entity, c.language),
    String(queue.count),
    stateText(queue.entity, queue.state, c.language),
    c.say('status.oldest', { age }),
  ];
}

function troubleLines(c: Console, trouble: TroubleView, now_ms: number): string[] {
  const others = trouble.count === 1 ? '' : ` ${c.say('status.others', { count: trouble.count - 1 })}`;
  const what = `${entityText(trouble.entity, c.language)} ${shortId(trouble.id)}${others}`;
  const state = stateText(trouble.entity, trouble.state, c.language);
  const age = spanText(now_ms - trouble.moved_ms, c.language);
  return [`${what}: ${state}, ${age} [${trouble.code ?? '-'}]`, `  ${trouble.text}`];
}

const HOME_AND_CLEAR = '\x1b[H\x1b[J';

/** Draws again and again until the process is ended. Where nobody can redraw (a pipe), it prints when something moved. */
async function watch(c: Console, look: () => Status, draw: (status: Status) => string[]): Promise<never> {
  let last = '';
  for (;;) {
    const status = look();
    const text = draw(status).join('\n');
    const content = JSON.stringify(status);
    if (c.stdout.isTTY) c.stdout.write(`${HOME_AND_CLEAR}${fitted(c, text)}\n`);
    else if (content !== last) c.line(text);
    last = content;
    await c.clock.sleep(cliLimits.redraw_ms);
  }
}

/** No wider and no higher than the terminal, or the redraw would leave trails. */
function fitted(c: Console, text: string): string {
  // Some terminals do not know their size and say 0.
  const columns = c.stdout.columns || 80;
  const rows = c.stdout.rows || 24;
  return text
    .split('\n')
    .slice(0, rows - 1)
    .map((line) => line.slice(0, columns))
    .join('\n');
}
