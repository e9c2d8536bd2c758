import { type Document, isMap, isNode, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { RohrpostError, reasonOf } from '../core/errors.ts';
import { crossChecks } from './checks.ts';
import { examine, type Finding } from './examine.ts';
import { type Migration, migrate, migrations } from './migrations.ts';
import { MOST_PROBLEMS, type Path, type Problem, SettingsError } from './problems.ts';
import { SETTINGS_VERSION, type Settings, settingsSchema } from './schema.ts';

/** A settings file as it was read: the values, and the document that keeps its comments. */
export interface ReadSettings {
  readonly settings: Settings;
  readonly document: Document.Parsed;
  /** The format the text had, where it was older than ours and has been migrated in `document`; else null. */
  readonly migratedFrom: number | null;
}

/**
 * Reads the text of a settings file; pure.
 * @throws SettingsError (`config-invalid`) with every problem and its line; `config-newer` where a newer program wrote it
 */
export function readSettings(text: string, steps: readonly Migration[] = migrations): ReadSettings {
  const lines = new LineCounter();
  const document = parse(text, lines);
  if (document.errors.length > 0) {
    throw new SettingsError(
      document.errors.slice(0, MOST_PROBLEMS).map((error) => notYaml(error, lines.linePos(error.pos[0]).line)),
    );
  }
  if (document.contents === null) throw new SettingsError([{ code: 'setting-empty', path: [], details: {}, line: 1 }]);
  refuseNewer(document);
  const migratedFrom = migrate(document, steps);
  const { settings, findings } = check(toValue(document, lines));
  if (findings.length > 0) {
    throw new SettingsError(findings.map((finding) => withLine(finding, document, lines)).sort(byLine));
  }
  return { settings, document, migratedFrom };
}

/**
 * Checks settings that came from a form, the API or a program, and fills in the defaults.
 * @throws SettingsError (`config-invalid`); its problems have no line
 */
export function checkSettings(value: unknown): Settings {
  const { settings, findings } = check(value);
  if (findings.length > 0) {
    throw new SettingsError(findings.map(({ code, path, details }) => ({ code, path, details, line: null })));
  }
  return settings;
}

function check(value: unknown): { settings: Settings; findings: Finding[] } {
  const { value: complete, findings } = examine(settingsSchema, value);
  const settings = complete as Settings;
  return { settings, findings: findings.length > 0 ? findings : crossChecks(settings) };
}

function refuseNewer(document: Document.Parsed): void {
  const found = isMap(document.contents) ? document.get('version') : undefined;
  if (typeof found !== 'number' || found <= SETTINGS_VERSION) return;
  throw new RohrpostError('config-newer', { details: { found, known: SETTINGS_VERSION } });
}

/** The library gives up by itself where brackets are nested too deeply for its stack. */
function parse(text: string, lines: LineCounter): Document.Parsed {
  try {
    // Merge keys and aliases let one line stand in two places; settings need neither.
    return parseDocument(text, {
      ...{ lineCounter: lines, prettyErrors: false, version: '1.2', merge: false },
      // It would say on the console which keys are no texts, in the words of the file; the schema refuses them anyway.
      logLevel: 'error',
    });
  } catch (error) {
    throw new SettingsError([notYaml(error, 1)]);
  }
}

function toValue(document: Document.Parsed, lines: LineCounter): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    throw new SettingsError([notYaml(error, lines.linePos(0).line)]);
  }
}

function notYaml(error: unknown, line: number): Problem {
  return { code: 'setting-yaml', path: [], details: { reason: reasonOf(error) }, line };
}

function withLine({ code, path, details, at }: Finding, document: Document.Parsed, lines: LineCounter): Problem {
  const node = at === 'key' ? keyNode(document, path) : document.getIn(path, true);
  const offset = isNode(node) ? node.range?.[0] : undefined;
  if (offset !== undefined) return { code, path, details, line: lines.linePos(offset).line };
  // A setting that is missing is shown at the group that should hold it; one of a default, at its nearest group.
  if (path.length > 0) {
    const parent = withLine({ code, path: path.slice(0, -1), details, at: 'key' }, document, lines);
    return { ...parent, path };
  }
  return { code, path, details, line: 1 };
}

function keyNode(document: Document.Parsed, path: Path): Node | undefined {
  const parent = document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (!isMap(parent)) return document.getIn(path, true) as Node | undefined;
  const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === last);
  return pair && isNode(pair.key) ? pair.key : undefined;
}

function byLine(a: Problem, b: Problem): number {
  return (a.line ?? 0) - (b.line ?? 0);
}
