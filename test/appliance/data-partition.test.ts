import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** What the initrd does with the data partition it finds: its own decision, over a disk and an EFI system partition that are made up. */

const SCRIPT = readFileSync(new URL('../../image/initrd/90rohrpost/initrd-state.sh', import.meta.url), 'utf8');
const DECISION = [/^is_new\(\) .*$/m, /^find_data\(\) \{\n[\s\S]*?\n\}$/m]
  .map((one) => one.exec(SCRIPT)![0])
  .join('\n');

interface Found {
  /** Null: the EFI system partition cannot be mounted. */
  marks: readonly string[] | null;
  part?: boolean;
  /** Null: no LUKS header. */
  label?: string | null;
  opens?: boolean;
}

function decide({ marks, part = true, label = 'data', opens = true }: Found): string {
  const esp = mkdtempSync(join(tmpdir(), 'esp-'));
  try {
    mkdirSync(join(esp, 'rohrpost'));
    for (const mark of marks ?? []) writeFileSync(join(esp, 'rohrpost', mark), '');
    const world = `efi=${esp} esp=${esp}/rohrpost
mountpoint() { ${marks ? 'true' : 'false'}; }
partition() { ${part ? 'echo /dev/sda6' : 'true'}; }
luks() { ${label === null ? 'false' : 'true'}; }
label() { echo '${label}'; }
unlock() { ${opens ? 'true' : 'false'}; }
unusable() { echo "$1"; }
make_partition() { echo partition; }
for act in make_data use_data factory_reset; do eval "$act() { echo $act; }"; done
`;
    return execFileSync('bash', ['-uc', `${world}${DECISION}\nfind_data`], { encoding: 'utf8' })
      .trim()
      .replace('\n', ', ');
  } finally {
    rmSync(esp, { recursive: true });
  }
}

const MADE = ['data-made'];

test.each<[string, Found, string]>([
  ['a new disk', { marks: [], part: false }, 'partition, make_data'],
  ['power went while it was made', { marks: [], label: null }, 'make_data'],
  ['power went before it was furnished', { marks: [], label: 'data-new' }, 'make_data'],
  ['as it should be', { marks: MADE }, 'use_data'],
  ['the mark is lost', { marks: [] }, 'use_data'],
  ['power went between mark and label', { marks: MADE, label: 'data-new' }, 'use_data'],
  ['nothing opens it', { marks: MADE, opens: false }, 'locked'],
  ['it is gone', { marks: MADE, part: false }, 'missing'],
  ['its header is destroyed', { marks: MADE, label: null }, 'damaged'],
  ['a header that does not tell its label', { marks: [], label: '', opens: false }, 'locked'],
  ['header and EFI system partition are destroyed', { marks: null, label: null }, 'damaged'],
  ['partition and EFI system partition are gone', { marks: null, part: false }, 'missing'],
  ['no EFI system partition to ask, and a half-told label', { marks: null, label: 'data-new' }, 'use_data'],
  ['a factory reset was asked for', { marks: ['factory-reset'], label: null }, 'factory_reset, make_data'],
])('%s', (_, found, expected) => {
  expect(decide(found)).toBe(expected);
});
