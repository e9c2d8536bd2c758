/**
 * Decodes text values by Specific Character Set (0008,0005), PS3.3 §C.12.1.1.2 and PS3.5 §6.1: for reading and comparing
 * only. What travels is always the bytes as they came.
 */

/** Turns one run of bytes into text. */
type Decoder = (bytes: Buffer) => string;

/** A code element an escape sequence can bring in: into G0 (bytes below 0x80) or G1 (from 0x80 on). */
interface CodeElement {
  readonly half: 'g0' | 'g1';
  readonly decode: Decoder;
  /** Two bytes a character, so `\`, `^` and `=` may occur inside one. */
  readonly twoByte?: true;
}

const latin1: Decoder = (bytes) => bytes.toString('latin1');
const by = (label: string): Decoder => {
  const decoder = new TextDecoder(label);
  return (bytes) => decoder.decode(bytes);
};
const eucJp = by('euc-jp');
const withHighBits = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => byte | 0x80));
const jisX0212: Decoder = (bytes) => {
  const high = withHighBits(bytes);
  const shifted: number[] = [];
  for (let at = 0; at + 1 < high.length; at += 2) shifted.push(0x8f, high[at]!, high[at + 1]!);
  return eucJp(Buffer.from(shifted));
};

/** Single character sets by the number in their defined term; "ISO_IR 100" and "ISO 2022 IR 100" name the same table. */
const SINGLE: Readonly<Record<string, Decoder>> = {
  '6': latin1,
  '13': by('shift_jis'),
  '100': latin1,
  '101': by('iso-8859-2'),
  '109': by('iso-8859-3'),
  '110': by('iso-8859-4'),
  '126': by('iso-8859-7'),
  '127': by('iso-8859-6'),
  '138': by('iso-8859-8'),
  '144': by('iso-8859-5'),
  '148': by('windows-1254'),
  '166': by('windows-874'),
  '192': by('utf-8'),
  '203': by('iso-8859-15'),
  GBK: by('gbk'),
  GB18030: by('gb18030'),
};

/** Escape sequences (what follows ESC) and what they bring in, PS3.3 Tables C.12-3 and C.12-4. */
const ESCAPES: readonly (readonly [string, CodeElement])[] = [
  ['(B', { half: 'g0', decode: latin1 }],
  ['(J', { half: 'g0', decode: SINGLE['13']! }],
  [')I', { half: 'g1', decode: SINGLE['13']! }],
  ['-A', { half: 'g1', decode: latin1 }],
  ['-B', { half: 'g1', decode: SINGLE['101']! }],
  ['-C', { half: 'g1', decode: SINGLE['109']! }],
  ['-D', { half: 'g1', decode: SINGLE['110']! }],
  ['-F', { half: 'g1', decode: SINGLE['126']! }],
  ['-G', { half: 'g1', decode: SINGLE['127']! }],
  ['-H', { half: 'g1', decode: SINGLE['138']! }],
  ['-L', { half: 'g1', decode: SINGLE['144']! }],
  ['-M', { half: 'g1', decode: SINGLE['148']! }],
  ['-T', { half: 'g1', decode: SINGLE['166']! }],
  ['-b', { half: 'g1', decode: SINGLE['203']! }],
  ['$)A', { half: 'g1', decode: SINGLE.GBK! }],
  ['$)C', { half: 'g1', decode: by('euc-kr') }],
  ['$B', { half: 'g0', decode: (bytes) => eucJp(withHighBits(bytes)), twoByte: true }],
  ['$(D', { half: 'g0', decode: jisX0212, twoByte: true }],
];

const ESC = 0x1b;
/** After these the initial sets are in force again: line ends, tab, the value separator, and ^ and = in names. */
const RESETS_TEXT = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x5c]);
const RESETS_NAME = new Set([...RESETS_TEXT, 0x5e, 0x3d]);

/**
 * The text of one element's value. Unknown character sets are read as Latin-1, so that something legible remains.
 * @param characterSets the value of (0008,0005), '' when absent
 * @param kind `name` for person names (PN), whose groups and components are kept with their `=` and `^`
 */
export function decodeText(bytes: Buffer, characterSets: string, kind: 'name' | 'text' = 'text'): string {
  const terms = characterSets.split('\\');
  const initial = singleSet(terms[0] ?? '');
  if (!bytes.includes(ESC)) return initial(bytes);
  return decodeExtended(bytes, initial, kind === 'name' ? RESETS_NAME : RESETS_TEXT);
}

/** Defined terms are misspelt in the field ("ISO IR 100", "ISO-IR 192"): the number is what counts. */
function singleSet(term: string): Decoder {
  const name = term.trim().toUpperCase();
  const number = /(\d+)$/.exec(name)?.[1] ?? '';
  return SINGLE[name] ?? SINGLE[number] ?? latin1;
}

/** Text with code extensions (ISO 2022): runs between escape sequences, each by the table its half has at that point. */
function decodeExtended(bytes: Buffer, initial: Decoder, resets: ReadonlySet<number>): string {
  let text = '';
  let g0: CodeElement = { half: 'g0', decode: initial };
  let g1: CodeElement = { half: 'g1', decode: initial };
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at]!;
    if (byte === ESC) {
      const rest = bytes.toString('latin1', at + 1, at + 4);
      const found = ESCAPES.find(([sequence]) => rest.startsWith(sequence));
      if (found?.[1].half === 'g0') g0 = found[1];
      if (found?.[1].half === 'g1') g1 = found[1];
      at += 1 + (found?.[0].length ?? 0);
      continue;
    }
    const inG1 = byte >= 0x80;
    const element = inG1 ? g1 : g0;
    let end = at;
    while (end < bytes.length && bytes[end] !== ESC && bytes[end]! >= 0x80 === inG1) {
      if (!inG1 && !element.twoByte && resets.has(bytes[end]!)) break;
      end++;
    }
    text += element.decode(bytes.subarray(at, end));
    at = end;
    if (at < bytes.length && !inG1 && !element.twoByte && resets.has(bytes[at]!)) {
      text += String.fromCharCode(bytes[at]!);
      at++;
      g0 = { half: 'g0', decode: initial };
      g1 = { half: 'g1', decode: initial };
    }
  }
  return text;
}
