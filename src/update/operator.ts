import { readFileSync, statSync } from 'node:fs';
import { examine } from '../config/examine.ts';
import { address, httpsUrl, nullable, openGroup, text, type ValueOf } from '../config/kinds.ts';
import type { Log } from '../core/log.ts';
import { updateLimits } from '../core/update-limits.ts';

const schema = openGroup(
  {
    name: text({ description: 'Who looks after the box' }),
    channel: nullable(httpsUrl({ description: 'Folder with the updates' }), { default: null }),
    report: openGroup(
      {
        url: nullable(httpsUrl({ description: 'Where reports go by web' }), { default: null }),
        address: nullable(address({ description: 'Where reports go by mail' }), { default: null }),
      },
      { description: 'Reports', default: {} },
    ),
  },
  { description: 'What the maker of an image decided' },
);

/** Whoever made the image and looks after the box; the settings of the box win over it. */
export type Operator = ValueOf<typeof schema>;

/** Reads the operator's defaults; null: there are none. A file that cannot be used is logged: the box works without. */
export function readOperator(path: string | undefined, log: Log): Operator | null {
  if (path === undefined) return null;
  try {
    if (statSync(path).size > updateLimits.operator_bytes) throw new Error('too large');
    const { value, findings } = examine(schema, JSON.parse(readFileSync(path, 'utf8')));
    if (findings.length === 0) return value as Operator;
    log.warn("operator's defaults cannot be used", { at: findings[0]!.path.join('.'), code: findings[0]!.code });
  } catch (error) {
    const { code = 'invalid' } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') log.warn("operator's defaults cannot be used", { code });
  }
  return null;
}
