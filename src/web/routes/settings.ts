import { anything, group, list, optional, record, text, yesNo } from '../../config/kinds.ts';
import { pathSteps, removeAt, setAt } from '../../config/paths.ts';
import { problemText } from '../../config/problems.ts';
import { type Settings, settingsSchema } from '../../config/schema.ts';
import { isOwnSecret } from '../../config/secrets.ts';
import { errorText } from '../../core/errors.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';
import { withSettings } from '../settings/open.ts';
import type { SettingsKeeper } from '../settings/save.ts';
import type { Current } from '../settings/stale.ts';

/** What `GET /api/settings` answers. */
export interface SettingsAnswer extends Current {
  /** What is wrong with the file on disk, where it cannot be used. */
  problems: { path: (string | number)[]; line: number | null; message: string }[];
  /** The box goes on with the last settings that were valid, and why; null where the file itself is in use. */
  alarm: string | null;
  /** The names of the passwords that are stored for settings; their values never leave the box. */
  secrets: string[];
}

const revision = text({ description: 'The revision of the settings that the change was made from' });
const secrets = optional(
  record(text({ description: 'A password', maxLength: 1000 }), {
    description: 'Passwords by the name under which the settings refer to them (secret:NAME)',
  }),
);
const replacing = group(
  { revision, settings: anything({ description: 'Whole settings; see /api/settings/schema' }), secrets },
  { description: 'New settings' },
);
const changing = group(
  {
    revision,
    changes: list(
      group(
        {
          path: text({ description: 'Such as mail.smtp.port or partners.ID.hold', maxLength: 200 }),
          value: optional(anything({ description: 'What stands there now' })),
          remove: yesNo({ description: 'Takes the entry, or the setting, away', default: false }),
        },
        { description: 'A change' },
      ),
      {
        description: 'Changes, made one after the other, all or none; may be empty for a password alone',
        maxItems: 500,
      },
    ),
    secrets,
  },
  { description: 'Changes of the settings' },
);

/** The settings as a whole, for the page and for scripts. */
export function settingsRoutes(web: Web, premises: Premises, keeper: SettingsKeeper): void {
  web.get(
    '/api/settings',
    { config: { right: 'operator' }, schema: { tags: ['settings'], summary: 'The settings, without passwords' } },
    async (request): Promise<SettingsAnswer> => {
      const current = await keeper.read();
      return withSettings(premises, async (open) => {
        const alarm = open.alarm();
        return {
          ...current,
          problems: open.problems().map((problem) => ({
            path: [...problem.path],
            line: problem.line,
            message: problemText(problem, request.language),
          })),
          alarm: alarm && errorText(alarm.code, request.language, alarm.details),
          secrets: (await premises.secrets.names()).filter((name) => !isOwnSecret(name)),
        };
      });
    },
  );
  web.get(
    '/api/settings/schema',
    {
      config: { right: 'operator' },
      schema: {
        tags: ['settings'],
        summary: 'The JSON schema of the settings',
        description:
          'With labels and descriptions in German (`title_de`, `description_de`) and names of values (`labels`).',
      },
    },
    async () => settingsSchema,
  );
  web.put(
    '/api/settings',
    {
      config: { right: 'admin' },
      schema: {
        tags: ['settings'],
        summary: 'Replaces the settings as a whole',
        description: `${STALE} Passwords that no setting refers to any more are forgotten.`,
        body: replacing,
      },
    },
    async (request): Promise<Current> => {
      const { settings, ...more } = request.body;
      return keeper.save({ ...more, change: settings as object, by: request.by });
    },
  );
  web.patch(
    '/api/settings',
    {
      config: { right: 'admin' },
      schema: {
        tags: ['settings'],
        summary: 'Changes single settings, all or none',
        description: STALE,
        body: changing,
      },
    },
    async (request): Promise<Current> => {
      const { changes, ...more } = request.body;
      const change = (draft: Settings) => {
        for (const { path, value, remove } of changes) {
          if (remove) removeAt(draft, pathSteps(path));
          else setAt(draft, pathSteps(path), value);
        }
      };
      return keeper.save({ ...more, change, by: request.by });
    },
  );
}

const STALE =
  'Where somebody else changed the settings since `revision`, the answer is 409 `config-stale`; its details tell what was changed (by whom, if known) and the settings as they are now.';
