import { type Command, Option } from 'commander';
import { actParts } from '../box/acting.ts';
import { RohrpostError } from '../core/errors.ts';
import { bytesText, harmless, numberText, shortId } from '../core/figures.ts';
import { type Act, discard, find, hold, release, retry } from '../line/acts.ts';
import { entityText, stageText, stateText } from '../line/state-texts.ts';
import { isFolderLocked } from '../store/database.ts';
import type { Found } from '../store/lookup.ts';
import type { Store } from '../store/store.ts';
import { type Step, timelineOf } from '../store/timeline.ts';
import { addCommand, addGroup, type HelpKey } from './command.ts';
import type { Console } from './console.ts';
import { withStore } from './data.ts';
import { UsageError } from './exits.ts';
import { tableText } from './format.ts';
import { studyCells, studyHead, studyView } from './study-line.ts';
import { timelineLines } from './timeline-text.ts';

const ACTS: Readonly<Record<Act, { run: typeof release; help: HelpKey }>> = {
  release: { run: release, help: 'help.study-release' },
  retry: { run: retry, help: 'help.study-retry' },
  hold: { run: hold, help: 'help.study-hold' },
  discard: { run: discard, help: 'help.study-discard' },
};

interface ListOptions {
  limit: string;
  patients?: true;
  json?: true;
}

/** `rohrpost study`: studies and whatever travels for them; every id that `status` shows works here. */
export function addStudyCommands(program: Command, c: Console): void {
  const study = addGroup(program, c, 'study', 'help.study');
  addCommand(study, c, 'list', 'help.study-list')
    .addOption(new Option('--limit <count>', c.say('help.limit')).default('20'))
    .option('--patients', c.say('help.patients'))
    .option('--json', c.say('help.json'))
    .action((o: ListOptions) => withStore(c, ({ store }) => list(c, store, o)));
  addCommand(study, c, 'show', 'help.study-show')
    .argument('<id>', c.say('help.id'))
    .option('--patients', c.say('help.patients'))
    .option('--json', c.say('help.json'))
    .action((id: string, o: { patients?: true; json?: true }) => withStore(c, ({ store }) => show(c, store, id, o)));
  for (const [name, { help }] of Object.entries(ACTS)) {
    const command = addCommand(study, c, name, help)
      .argument('<id>', c.say('help.id'))
      .option('--by <name>', c.say('help.by'))
      .option('--json', c.say('help.json'));
    if (name === 'discard') command.option('--yes', c.say('help.yes'));
    command.action((id: string, o: { yes?: true; json?: true }) => act(c, name as Act, id, o));
  }
}

function list(c: Console, store: Store, o: ListOptions): void {
  const limit = Number(o.limit);
  if (!Number.isInteger(limit) || limit < 1) throw new UsageError(c.say('usage.invalid', { what: o.limit }));
  const withPatient = o.patients ?? false;
  const views = store.overview.studies({ limit }).map((line) => studyView(line, withPatient));
  if (o.json) {
    c.json(views);
    return;
  }
  const now_ms = c.clock.now();
  const rows = [studyHead(c, withPatient), ...views.map((view) => studyCells(c, view, now_ms))];
  for (const line of tableText(rows)) c.line(line);
}

/** The whole way of the study that an id belongs to; of a row without a study, its own history. */
function show(c: Console, store: Store, id: string, o: { patients?: true; json?: true }): void {
  const row = find(store, id);
  const studyId = store.lookup.studyOf(row);
  const line = studyId === undefined ? undefined : store.studies.get(studyId);
  const steps = line ? timelineOf(store, line) : historyOf(store, row);
  const view = line && studyView(line, o.patients ?? false);
  if (o.json) {
    c.json({ row, study: view ?? null, timeline: steps });
    return;
  }
  if (view) {
    const size = bytesText(view.size_bytes, c.language);
    const peer = `${view.direction === 'out' ? '→' : '←'} ${view.peers.join(', ')}`;
    const objects = numberText(view.objects, c.language);
    const state = stageText(view.state, c.language);
    c.line(c.say('study.head', { id: view.id, peer, modality: view.modality, objects, size, state }));
    if (view.patient !== undefined) c.line(harmless(view.patient));
    if (view.flags !== '') c.line(c.say('study.flags', { flags: view.flags }));
  } else {
    c.line(`${entityText(row.entity, c.language)} ${row.id}: ${stateText(row.entity, row.state, c.language)}`);
  }
  for (const text of timelineLines(c, steps)) c.line(text);
}

function historyOf(store: Store, row: Found): Step[] {
  return store.history.of([row.id]).map((line) => ({
    ...{ at_ms: line.at_ms, step: 'event' as const, entity: line.entity, id: line.row_id, state: line.to_state },
    ...{ code: line.code, words: line.reason },
  }));
}

function act(c: Console, name: Act, id: string, o: { yes?: true; json?: true }): Promise<void> {
  if (name === 'discard' && !o.yes) throw new RohrpostError('act-not-confirmed');
  return withStore(c, ({ settings, store }) => {
    const { clock, by } = c;
    const done = ACTS[name].run(store, id, actParts({ store, settings: settings.current, clock, by }));
    if (o.json) return c.json(done);
    for (const moved of done.moved) {
      const from = stateText(moved.entity, moved.from, c.language);
      const to = stateText(moved.entity, moved.to, c.language);
      c.line(`${entityText(moved.entity, c.language)} ${shortId(moved.id)}: ${from} → ${to}`);
    }
    if (done.atWork > 0) c.aside(c.say('act.at-work', { count: done.atWork }));
    if (name !== 'discard' && !isFolderLocked(c.folder)) c.aside(c.say('act.later'));
  });
}
