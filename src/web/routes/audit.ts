import { Readable } from 'node:stream';
import { watchChain } from '../../audit/chain-watch.ts';
import { auditCsv, auditJsonLines } from '../../audit/export.ts';
import {
  anything,
  group,
  integer,
  list,
  nullable,
  oneOf,
  optional,
  record,
  text,
  type ValueOf,
} from '../../config/kinds.ts';
import { peopleLimits as limits } from '../../core/people-limits.ts';
import { actText } from '../audit-texts.ts';
import { moment } from '../people/answers.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';

const tags = ['audit'];
const config = { right: 'admin' } as const;
const number = (description: string) => integer(1, Number.MAX_SAFE_INTEGER, { description });

const auditRow = group(
  {
    id: number('1, 2, 3 … without a gap'),
    at_ms: moment('When'),
    by: text({ description: 'Who' }),
    act: text({ description: 'What' }),
    text: text({ description: 'What, for people' }),
    subject: text({ description: 'To whom or what' }),
    details: record(anything({ description: 'A value' }), { description: 'More about it' }),
    hash: text({ description: 'SHA-256 over the row before and this one' }),
  },
  { description: 'An act' },
);
const auditAnswer = group(
  {
    rows: list(auditRow, { description: 'The latest first' }),
    before: nullable(number('Where the next page begins')),
    acts: list(
      group(
        { act: text({ description: 'What' }), text: text({ description: 'For people' }) },
        { description: 'An act' },
      ),
      { description: 'The acts that there are' },
    ),
    people: list(text({ description: 'Who' }), { description: 'The people that there are' }),
  },
  { description: 'A page of the audit' },
);
export type AuditAnswer = ValueOf<typeof auditAnswer>;

const chainAnswer = group(
  {
    rows: integer(0, Number.MAX_SAFE_INTEGER, { description: 'Rows checked' }),
    // A row that was put before the first one has a number below 1.
    brokenAt: nullable(
      integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, {
        description: 'The first row that does not fit those before it',
      }),
    ),
    checked_ms: nullable(moment('When; null while the first check is under way')),
    end: group(
      {
        id: integer(0, Number.MAX_SAFE_INTEGER, { description: 'Its number' }),
        hash: text({ description: 'Its hash' }),
      },
      { description: 'The last row. What an older line of the log says of the end must be found in the audit still' },
    ),
  },
  { description: 'Whether the audit was tampered with' },
);
export type ChainAnswer = ValueOf<typeof chainAnswer>;

const filter = {
  act: optional(text({ description: 'Only this act' })),
  by: optional(text({ description: 'Only of this person' })),
  since_ms: optional(moment('From this time on')),
  until_ms: optional(moment('Before this time')),
};
const page = group(
  {
    ...filter,
    before: optional(number('Rows before this one')),
    limit: integer(1, limits.audit_page_most, { description: 'At most so many', default: limits.audit_page }),
  },
  { description: 'Which rows' },
);
const format = group(
  { format: oneOf(['csv', 'jsonl'], { description: 'CSV, or JSON lines', default: 'csv' }), ...filter },
  { description: 'Which rows, and how' },
);

/** What people did: pages of it, whether it was tampered with, and all of it for elsewhere. */
export function auditRoutes(web: Web, premises: Premises): void {
  const { desk, clock, log } = premises;
  const { audit } = desk;
  const watch = watchChain(audit, { clock, log });
  web.addHook('onClose', () => watch.stop());

  web.get(
    '/api/audit',
    { config, schema: { tags, summary: 'What people did', querystring: page, response: { 200: auditAnswer } } },
    async (request) => {
      const { limit, ...asked } = request.query;
      const rows = audit.list({ ...asked, limit: limit + 1 });
      const { acts, people } = audit.words();
      const named = (act: string) => ({ act, text: actText(act, request.language) });
      return {
        rows: rows.slice(0, limit).map((row) => ({ ...row, text: actText(row.act, request.language) })),
        before: rows.length > limit ? rows[limit - 1]!.id : null,
        acts: acts.map(named),
        people,
      };
    },
  );
  web.get(
    '/api/audit/chain',
    { config, schema: { tags, summary: 'Whether the audit was tampered with', response: { 200: chainAnswer } } },
    async () => watch.state(),
  );
  web.post(
    '/api/audit/chain',
    { config, schema: { tags, summary: 'Checks it now', response: { 200: chainAnswer } } },
    () => watch.check(),
  );
  web.get(
    '/api/audit/export',
    {
      config,
      schema: {
        ...{ tags, summary: 'All of it, the oldest first', querystring: format },
        produces: ['text/csv', 'application/jsonl'],
      },
    },
    async (request, reply) => {
      const { format: chosen, ...asked } = request.query;
      audit.add({ by: request.by, act: 'audit-export', details: { format: chosen }, now_ms: clock.now() });
      const isCsv = chosen === 'csv';
      const lines = isCsv
        ? auditCsv(audit, asked, (act) => actText(act, request.language))
        : auditJsonLines(audit, asked);
      const date = new Date(clock.now()).toISOString().slice(0, 10);
      return reply
        .header('content-type', isCsv ? 'text/csv; charset=utf-8' : 'application/jsonl')
        .header('content-disposition', `attachment; filename="rohrpost-audit-${date}.${chosen}"`)
        .header('cache-control', 'no-store')
        .send(Readable.from(lines));
    },
  );
}
