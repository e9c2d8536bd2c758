import { Readable } from 'node:stream';
import {
  group,
  integer,
  list,
  nullable,
  oneOf,
  optional,
  record,
  text,
  type ValueOf,
  yesNo,
} from '../../config/kinds.ts';
import { logLimits } from '../../core/limits.ts';
import { filterLog, logLevels } from '../log-lines.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';

const tags = ['log'];
const config = { right: 'operator' } as const;
const number = (description: string) => integer(0, Number.MAX_SAFE_INTEGER, { description });
const level = oneOf(logLevels, { description: 'Level' });

const filter = {
  level: optional(oneOf(logLevels, { description: 'This level and worse' })),
  code: optional(text({ description: 'An error code' })),
  text: optional(text({ description: 'Words that stand in the line' })),
  since_ms: optional(number('Not older than this')),
};
const logAnswer = group(
  {
    lines: list(
      group(
        {
          number: number('1, 2, 3 … since the box was started'),
          at_ms: number('When'),
          level,
          message: text({ description: 'What happened', maxLength: 10_000 }),
          code: nullable(text({ description: 'Error code' })),
          fields: record(text({ description: 'A value', maxLength: 10_000 }), { description: 'What else it carries' }),
        },
        { description: 'A line' },
      ),
      { description: 'The latest first' },
    ),
    more: yesNo({ description: 'There are older ones' }),
    level: nullable(oneOf(logLevels, { description: 'What the settings have logged; null: not set up yet' })),
  },
  { description: 'Lines of the log' },
);
export type LogAnswer = ValueOf<typeof logAnswer>;

/** The last lines of the log, from memory; those before the start are in the journal of the system. */
export function logRoutes(web: Web, premises: Premises): void {
  const { log, desk, clock } = premises;
  web.get(
    '/api/log',
    {
      config,
      schema: {
        tags,
        summary: 'The last lines of the log',
        description: `Up to ${logLimits.last_lines} lines are kept, since the start of the box.`,
        querystring: group(
          {
            ...filter,
            after: optional(number('Only lines after this one: what is new since')),
            before: optional(number('Only lines before this one: the next page')),
            limit: integer(1, 500, { description: 'How many at most', default: 100 }),
          },
          { description: 'Which lines' },
        ),
        response: { 200: logAnswer },
      },
    },
    async (request): Promise<LogAnswer> => {
      const { limit, ...wanted } = request.query;
      const level = premises.box()?.settings.current().log.level ?? null;
      return { ...filterLog(log.lastLines(), wanted, limit), level };
    },
  );
  web.get(
    '/api/log/export',
    {
      config,
      schema: {
        tags,
        summary: 'The same as a file of JSON lines, the oldest first',
        produces: ['application/jsonl'],
        querystring: group(filter, { description: 'Which lines' }),
      },
    },
    async (request, reply) => {
      const { lines } = filterLog(log.lastLines(), request.query, logLimits.last_lines);
      desk.audit.add({ by: request.by, act: 'log-export', details: { lines: lines.length }, now_ms: clock.now() });
      const name = `rohrpost-log-${new Date(clock.now()).toISOString().slice(0, 10)}.jsonl`;
      reply.header('content-disposition', `attachment; filename="${name}"`).type('application/jsonl');
      return reply.send(Readable.from(lines.reverse().map((line) => `${JSON.stringify(line)}\n`)));
    },
  );
}
