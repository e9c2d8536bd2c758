import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';

/** The header of one MIME entity: names compare without case, values are unfolded. */
export class Headers {
  /** Every field in order, names in lower case. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly #first = new Map<string, string>();

  /** Reads a header block (RFC 5322 §2.2). Lines that are no field are passed over; the caller bounds its length. */
  constructor(block: Uint8Array) {
    // RFC 6532 allows UTF-8 in fields; older senders put in whatever character set they had.
    const text = Buffer.from(block.buffer, block.byteOffset, block.byteLength).toString(
      isUtf8(block) ? 'utf8' : 'latin1',
    );
    const fields: [string, string][] = [];
    for (const line of text.split(/\r?\n/)) {
      const last = fields.at(-1);
      const colon = line.indexOf(':');
      if (/^[ \t]/.test(line)) {
        if (last !== undefined) last[1] += line;
      } else if (colon > 0 && /^[\x21-\x7e]+[ \t]*$/.test(line.slice(0, colon))) {
        fields.push([line.slice(0, colon).trimEnd().toLowerCase(), line.slice(colon + 1)]);
      }
    }
    this.fields = fields.map(([name, value]) => [name, value.replace(/[\x00-\x1f\x7f]/g, ' ').trim()]);
    for (const [name, value] of this.fields) if (!this.#first.has(name)) this.#first.set(name, value);
  }

  /** The value of the first field of that name. */
  get(name: string): string | undefined {
    return this.#first.get(name.toLowerCase());
  }

  /** The values of all fields of that name, in order. */
  all(name: string): string[] {
    const wanted = name.toLowerCase();
    return this.fields.filter(([name]) => name === wanted).map(([, value]) => value);
  }
}

/** The first `<id>` of a Message-ID field or its like; null where there is none. */
export function readMessageId(value: string | undefined): string | null {
  return /<[^<>\s]{1,996}>/.exec(value ?? '')?.[0] ?? null;
}

/** A value with parameters as Content-Type and Content-Disposition have it. Parameter names are in lower case. */
export interface Parameterized {
  value: string;
  params: Record<string, string>;
}

const PARAMETER = /;[ \t]*([^\s=;"]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/y;
const PARAMETERS = 100;

/**
 * Reads `value; name=value; …` (RFC 2045 §5.1) with comments dropped and RFC 2231 continuations, character sets and
 * percent encoding undone. The value comes back in lower case. What cannot be read is passed over.
 */
export function parseParameterized(field: string): Parameterized {
  const text = withoutComments(field);
  const raw: [string, string][] = [];
  for (let at = text.indexOf(';'); at >= 0 && raw.length < PARAMETERS; at = text.indexOf(';', at)) {
    PARAMETER.lastIndex = at;
    const found = PARAMETER.exec(text);
    if (found === null) {
      at += 1;
      continue;
    }
    const [whole, name, quoted, bare] = found;
    raw.push([name!.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? bare!.trim()]);
    at += whole.length;
  }
  return { value: text.split(';', 1)[0]!.trim().toLowerCase(), params: joinParameters(raw) };
}

/** Undoes RFC 2231: `name*=utf-8''a%20b`, `name*0=…; name*1*=…`. */
function joinParameters(raw: readonly [string, string][]): Record<string, string> {
  const params: Record<string, string> = Object.create(null);
  const pieces = new Map<string, { index: number; encoded: boolean; value: string }[]>();
  for (const [name, value] of raw) {
    const [, base, index, encoded] = /^([^*]+)(?:\*(\d{1,3}))?(\*)?$/.exec(name) ?? [];
    if (base === undefined) continue;
    if (index === undefined && encoded === undefined) params[base] ??= value;
    else {
      const list = pieces.get(base) ?? [];
      list.push({ index: Number(index ?? 0), encoded: encoded !== undefined, value });
      pieces.set(base, list);
    }
  }
  for (const [base, list] of pieces) {
    list.sort((a, b) => a.index - b.index);
    const [, charset, start] = (list[0]!.encoded && /^([^']*)'[^']*'(.*)$/s.exec(list[0]!.value)) || [];
    if (start !== undefined) list[0]!.value = start;
    const bytes = list.map(({ encoded, value }) => (encoded ? percentDecoded(value) : Buffer.from(value)));
    params[base] = decodeText(Buffer.concat(bytes), charset || 'utf-8');
  }
  return params;
}

function percentDecoded(text: string): Buffer {
  return Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

/** Drops RFC 5322 comments, nested ones too, outside quoted strings. */
export function withoutComments(text: string): string {
  if (!text.includes('(')) return text;
  let kept = '';
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    const escaped = character === '\\' && i + 1 < text.length;
    if (!quoted && character === '(') depth++;
    else if (depth === 0) kept += escaped ? character + text[i + 1] : character;
    else if (character === ')') depth--;
    if (depth === 0 && character === '"') quoted = !quoted;
    if (escaped) i++;
  }
  return kept;
}

/** Undoes RFC 2047 encoded words, which old senders put into file names too. */
export function decodeWords(text: string): string {
  return text
    .replace(/(\?=)[ \t]+(?==\?)/g, '$1')
    .replace(/=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bq])\?([^?]*)\?=/gi, (_, charset, encoding, content) =>
      decodeText(
        /b/i.test(encoding)
          ? Buffer.from(content, 'base64')
          : percentDecoded(content.replaceAll('%', '%25').replaceAll('_', ' ').replaceAll('=', '%')),
        charset,
      ),
    );
}

/** Bytes as text of the named character set; one that nobody knows is read as windows-1252. Never throws. */
export function decodeText(bytes: Uint8Array, charset: string): string {
  return textDecoder(charset).decode(bytes);
}

/** A decoder for a character set as mails name them; windows-1252 where the name says nothing. */
export function textDecoder(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder('windows-1252');
  }
}
