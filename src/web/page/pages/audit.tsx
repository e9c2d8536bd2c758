import { useState } from 'preact/hooks';
import type { AuditAnswer } from '../../routes/audit.ts';
import { withQuery } from '../lib/api.ts';
import { exactMomentText } from '../lib/format.ts';
import { useLive } from '../lib/live.ts';
import { t } from '../lib/texts.ts';
import { Button, LinkButton } from '../parts/button.tsx';
import { Failure } from '../parts/failures.tsx';
import { SelectField, TextField } from '../parts/fields.tsx';
import { Card, Page } from '../parts/layout.tsx';
import { Table } from '../parts/table.tsx';
import { Empty, Spinner } from '../parts/words.tsx';
import { Chain } from './audit/chain.tsx';
import './audit/audit.css';

interface Choice {
  act: string;
  by: string;
  /** Dates as the browser's field gives them, YYYY-MM-DD; '' for none. */
  since: string;
  until: string;
}

const ALL: Choice = { act: '', by: '', since: '', until: '' };

/** What people did, whether it was tampered with, and all of it for elsewhere. */
export default function Audit() {
  const [choice, setChoice] = useState(ALL);
  // The pages that led here: each begins before the row that it names; undefined: the newest.
  const [trail, setTrail] = useState<readonly (number | undefined)[]>([undefined]);
  const filter = filterOf(choice);
  const { value, error, reload } = useLive<AuditAnswer>(withQuery('/api/audit', { ...filter, before: trail.at(-1) }), [
    'accounts',
  ]);
  const change = (part: Partial<Choice>) => {
    setChoice({ ...choice, ...part });
    setTrail([undefined]);
  };
  const links = (['csv', 'jsonl'] as const).map((format) => (
    <LinkButton key={format} icon="download" download href={withQuery('/api/audit/export', { ...filter, format })}>
      {t(`audit.export-${format}`)}
    </LinkButton>
  ));
  return (
    <Page title={t('audit.title')} lead={t('audit.lead')} actions={links}>
      <Chain />
      <Card>
        <Filter choice={choice} onChange={change} answer={value} />
        {error && <Failure error={error} onRetry={reload} />}
        {!value && !error && <Spinner />}
        {value && <Acts rows={value.rows} />}
        <div class="actions end">
          {trail.length > 1 && (
            <Button icon="up" onClick={() => setTrail([undefined])}>
              {t('audit.newest')}
            </Button>
          )}
          {value?.before && (
            <Button icon="down" onClick={() => setTrail([...trail, value.before ?? undefined])}>
              {t('audit.older')}
            </Button>
          )}
        </div>
      </Card>
    </Page>
  );
}

/** Dates are the reader's days; the last one is meant whole. */
function filterOf({ act, by, since, until }: Choice) {
  const after = until === '' ? undefined : new Date(`${until}T00:00`);
  after?.setDate(after.getDate() + 1);
  return {
    act,
    by,
    since_ms: since === '' ? undefined : new Date(`${since}T00:00`).getTime(),
    until_ms: after?.getTime(),
  };
}

interface FilterProps {
  choice: Choice;
  onChange: (part: Partial<Choice>) => void;
  answer: AuditAnswer | undefined;
}

function Filter({ choice, onChange, answer }: FilterProps) {
  const acts = answer?.acts ?? [];
  const people = answer?.people ?? [];
  return (
    <fieldset class="filters">
      <legend class="unseen">{t('audit.filter')}</legend>
      <SelectField
        label={t('audit.act')}
        value={choice.act}
        options={[
          { value: '', label: t('audit.everything') },
          ...acts.map(({ act, text }) => ({ value: act, label: text })),
        ]}
        onChange={(act) => onChange({ act })}
      />
      <SelectField
        label={t('audit.by')}
        value={choice.by}
        options={[{ value: '', label: t('audit.everybody') }, ...people.map((name) => ({ value: name, label: name }))]}
        onChange={(by) => onChange({ by })}
      />
      <TextField type="date" label={t('audit.since')} value={choice.since} onChange={(since) => onChange({ since })} />
      <TextField type="date" label={t('audit.until')} value={choice.until} onChange={(until) => onChange({ until })} />
    </fieldset>
  );
}

function Acts({ rows }: { rows: AuditAnswer['rows'] }) {
  return (
    <Table
      caption={t('audit.title')}
      head={[t('audit.when'), t('audit.by'), t('audit.act'), t('audit.subject'), t('audit.details')]}
      rows={rows.map((row) => ({
        key: String(row.id),
        cells: [
          exactMomentText(row.at_ms),
          row.by,
          row.text,
          row.subject,
          <span key="details" class="audit-details">
            {detailsText(row.details)}
          </span>,
        ],
      }))}
      empty={<Empty title={t('audit.empty')} />}
    />
  );
}

/** As it was written down: names of settings and codes have no other words. */
function detailsText(details: Readonly<Record<string, unknown>>): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
