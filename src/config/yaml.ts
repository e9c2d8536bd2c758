import { type Document, isScalar, LineCounter, type ParsedNode, parseDocument, visit } from 'yaml';
import { reasonOf } from '../core/errors.ts';
import { MOST_PROBLEMS, type Problem, SettingsError } from './problems.ts';

/** The text of a settings file as YAML 1.2, and where its lines are. @throws SettingsError for what is none */
export function parseYaml(text: string): { document: Document.Parsed; lines: LineCounter } {
  const lines = new LineCounter();
  const document = parse(text, lines);
  const lineOf = (offset: number) => lines.linePos(offset).line;
  const wrong = document.errors.slice(0, MOST_PROBLEMS).map((error) => notYaml(error, lineOf(error.pos[0])));
  if (wrong.length === 0) wrong.push(...wrongKeys(document, lineOf));
  if (wrong.length > 0) throw new SettingsError(wrong);
  return { document, lines };
}

/** What a document says. @throws SettingsError where it says it with aliases */
export function valuesOf(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    throw new SettingsError([notYaml(error, 1)]);
  }
}

/** The library gives up by itself where brackets are nested too deeply for its stack. */
function parse(text: string, lineCounter: LineCounter): Document.Parsed {
  try {
    return parseDocument(text, {
      ...{ lineCounter, prettyErrors: false, version: '1.2' },
      // Merge keys and aliases let one line stand in two places; settings need neither.
      merge: false,
      // It compares every key with all others of its group: a file of a megabyte would take hours. See `wrongKeys`.
      uniqueKeys: false,
      // It would say on the console which keys are no texts, in the words of the file.
      logLevel: 'error',
    });
  } catch (error) {
    throw new SettingsError([notYaml(error, 1)]);
  }
}

/**
 * A key that stands twice in its group: one of the two would be passed over in silence. And one that is a group itself (`? …`): to
 * make texts of such keys within each other, the library takes minutes for a thousand bytes.
 */
function wrongKeys(document: Document.Parsed, lineOf: (offset: number) => number): Problem[] {
  const found: Problem[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (key === null) continue;
        const line = lineOf((key as ParsedNode).range[0]);
        const name = isScalar(key) ? String(key.value) : null;
        if (name === null) found.push(notYaml('Map keys must be scalars', line));
        else if (seen.has(name)) found.push(notYaml('Map keys must be unique', line));
        if (name !== null) seen.add(name);
        if (found.length === MOST_PROBLEMS) return visit.BREAK;
      }
      return undefined;
    },
  });
  return found;
}

function notYaml(error: unknown, line: number): Problem {
  return { code: 'setting-yaml', path: [], details: { reason: reasonOf(error) }, line };
}
