import { type Document, isMap, isNode, isPair, isScalar, type LineCounter, type Node } from 'yaml';
import { RohrpostError } from '../core/errors.ts';
import { crossChecks } from './checks.ts';
import { examine, type Finding } from './examine.ts';
import { type Migration, migrate, migrations } from './migrations.ts';
import { type Path, type Problem, SettingsError } from './problems.ts';
import { SETTINGS_VERSION, type Settings, settingsSchema } from './schema.ts';
import { parseYaml, valuesOf } from './yaml.ts';

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
  const { document, lines } = parseYaml(text);
  if (document.contents === null) throw new SettingsError([{ code: 'setting-empty', path: [], details: {}, line: 1 }]);
  refuseNewer(document);
  const migratedFrom = migrate(document, steps);
  const { settings, findings } = check(valuesOf(document));
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
