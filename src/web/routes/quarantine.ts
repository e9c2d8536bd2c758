import type { Language } from '../../core/errors.ts';
import { searchLimits } from '../../core/limits.ts';
import { possibleActs, possibleStudyActs } from '../../line/acts/possible.ts';
import type { Store } from '../../store/store.ts';
import { inside, type Premises } from '../premises.ts';
import type { Web } from '../route.ts';
import { type QuarantineAnswer, quarantineAnswer } from '../studies/answers.ts';
import { lineView, type Names, namesOf, whyOf } from '../studies/views.ts';

/** What waits for a person before it goes on. It is released and discarded as rows are (rows.ts). */
export function quarantineRoutes(web: Web, premises: Premises): void {
  web.get(
    '/api/quarantine',
    {
      config: { right: 'viewer' },
      schema: {
        ...{ tags: ['quarantine'], summary: 'What stays out or was stopped until a person decides' },
        response: { 200: quarantineAnswer },
      },
    },
    async (request) => {
      const { store, settings } = inside(premises);
      return viewOf(store, namesOf(settings.current()), request.language);
    },
  );
}

function viewOf(store: Store, names: Names, language: Language): QuarantineAnswer {
  const most = searchLimits.quarantine;
  const { quarantine } = store;
  const [mails, sets] = [quarantine.mails(most + 1), quarantine.sets(most + 1)];
  const [conflicts, studies] = [quarantine.conflicts(most + 1), quarantine.studies(most + 1)];
  return {
    mails: mails.slice(0, most).map((row) => ({
      ...{ id: row.id, since_ms: row.moved_ms, size_bytes: row.size_bytes, received_ms: row.received_ms },
      ...{ partner: row.partner_id === null ? null : names(row.partner_id), signed: row.signer !== null },
      ...whyOf(row, language),
      can: possibleActs('mail', row.state),
    })),
    sets: sets.slice(0, most).map((row) => ({
      ...{ id: row.id, since_ms: row.moved_ms, size_bytes: row.size_bytes, state: row.state },
      ...{ partner: names(row.partner_id), came: row.came, total: row.total },
      ...whyOf(row, language),
      can: possibleActs('inbound_set', row.state),
    })),
    conflicts: conflicts.slice(0, most).map(({ id, study_id, origin, size_bytes, moved_ms }) => ({
      ...{ id, study_id, origin, size_bytes, since_ms: moved_ms },
      ...whyOf({ code: 'receive-same-uid-other-bytes', reason: null }, language),
      can: possibleActs('item', 'conflict'),
    })),
    studies: studies.slice(0, most).map((row) => ({
      ...{ id: row.id, since_ms: row.moved_ms, size_bytes: row.size_bytes, study: lineView(row, names) },
      ...whyOf(row, language),
      can: possibleStudyActs(row),
    })),
    more: [mails, sets, conflicts, studies].some((rows) => rows.length > most),
  };
}
