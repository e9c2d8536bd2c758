import { useState } from 'preact/hooks';
import type { LogAnswer } from '../../../routes/logs.ts';
import { attempt } from '../../lib/action.ts';
import { api, withQuery } from '../../lib/api.ts';
import { exactMomentText } from '../../lib/format.ts';
import { useLive } from '../../lib/live.ts';
import { may } from '../../lib/session.ts';
import { t } from '../../lib/texts.ts';
import { Button, LinkButton } from '../../parts/button.tsx';
import { Failure } from '../../parts/failures.tsx';
import { SelectField, TextField } from '../../parts/fields.tsx';
import { Card, Page } from '../../parts/layout.tsx';
import { Table } from '../../parts/table.tsx';
import { Badge, Empty, Spinner, type Tone } from '../../parts/words.tsx';
import './system.css';

type Line = LogAnswer['lines'][number];

const EVERY_MS = 3_000;
const STEP = 100;
const MOST = 500;
const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const TONES: Readonly<Record<Line['level'], Tone>> = { debug: 'plain', info: 'info', warn: 'warn', error: 'fail' };

export default function LogPage() {
  const [level, setLevel] = useState<string>('info');
  const [code, setCode] = useState('');
  const [text, setText] = useState('');
  const [limit, setLimit] = useState(STEP);
  const filter = { level, code: code.trim(), text: text.trim() };
  const path = withQuery('/api/log', { ...filter, limit });
  const { value, error, reload } = useLive<LogAnswer>(path, ['settings', 'house'], { every_ms: EVERY_MS });
  const actions = (
    <LinkButton href={withQuery('/api/log/export', filter)} download icon="download">
      {t('system.log-export')}
    </LinkButton>
  );
  return (
    <Page title={t('system.log')} lead={t('system.log-lead')} actions={actions}>
      <Card>
        <div class="filters">
          <SelectField label={t('system.log-level')} value={level} options={levelOptions()} onChange={setLevel} />
          <TextField label={t('system.log-code')} value={code} onChange={setCode} type="search" mono maxLength={100} />
          <TextField label={t('system.log-words')} value={text} onChange={setText} type="search" maxLength={100} />
        </div>
        {error && <Failure error={error} onRetry={reload} />}
        {value === undefined && error === null && <Spinner />}
        {value !== undefined && <Lines lines={value.lines} />}
        {value?.more && limit < MOST && (
          <div class="actions">
            <Button onClick={() => setLimit(Math.min(MOST, limit + STEP))}>{t('common.more')}</Button>
          </div>
        )}
        {value?.more && limit >= MOST && <p class="hint">{t('system.log-most')}</p>}
      </Card>
      {value?.level && may('admin') && (
        <Card>
          <Written level={value.level} onChange={reload} />
        </Card>
      )}
    </Page>
  );
}

const levelOptions = () => LEVELS.map((value) => ({ value, label: t(`system.level-${value}`) }));

/** How much is written at all: a setting like others, here because it is here that one misses something. */
function Written({ level, onChange }: { level: string; onChange: () => Promise<void> }) {
  const change = async (value: string) => {
    const { revision } = await api.get<{ revision: string }>('/api/settings');
    await api.patch('/api/settings', { revision, changes: [{ path: 'log.level', value }] });
    await onChange();
  };
  return (
    <SelectField
      label={t('system.log-written')}
      description={t('system.log-written-hint')}
      value={level}
      options={levelOptions()}
      onChange={(value) => void attempt(() => change(value))}
    />
  );
}

function Lines({ lines }: { lines: readonly Line[] }) {
  const labels = [
    'system.log-at',
    'system.log-grade',
    'system.log-what',
    'system.log-code',
    'system.log-details',
  ] as const;
  return (
    <Table
      caption={t('system.log-caption')}
      head={labels.map((label) => t(label))}
      empty={<Empty title={t('system.log-none')} />}
      rows={lines.map((line) => ({
        key: String(line.number),
        cells: [
          exactMomentText(line.at_ms),
          <span>
            <Badge tone={TONES[line.level]}>{line.level}</Badge>
          </span>,
          line.message,
          line.code === null ? '' : <code>{line.code}</code>,
          <Details fields={line.fields} />,
        ],
      }))}
    />
  );
}

function Details({ fields }: { fields: Line['fields'] }) {
  return (
    <span class="mono details">
      {Object.entries(fields)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')}
    </span>
  );
}
