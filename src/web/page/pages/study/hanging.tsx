import type { ComponentChildren } from 'preact';
import { stateTexts } from '../../../../line/state-texts.ts';
import type { StudyDetails } from '../../../studies/answers.ts';
import { momentText, numberText } from '../../lib/format.ts';
import { say, t } from '../../lib/texts.ts';
import { Card } from '../../parts/layout.tsx';
import { Badge, Progress, type Tone } from '../../parts/words.tsx';
import { amountText } from '../studies/words.tsx';
import { Acts } from './acts.tsx';

const TONES: Readonly<Record<string, Tone>> = {
  ...{ held: 'fail', refused: 'fail', quarantined: 'fail', unconfirmed: 'warn', waiting: 'warn' },
  ...{ confirmed: 'ok', delivered: 'ok', discarded: 'plain' },
};

function StateBadge({ entity, state }: { entity: 'consignment' | 'inbound_set' | 'delivery'; state: string }) {
  const texts = stateTexts[entity] as Readonly<Record<string, { de: string; en: string }>>;
  return <Badge tone={TONES[state] ?? 'info'}>{texts[state] ? say(texts[state]) : state}</Badge>;
}

/** What goes to partners: how far each is, why not further, what can be done. */
export function Consignments({ study, onDone }: { study: StudyDetails; onDone: () => Promise<void> }) {
  if (study.consignments.length === 0) return null;
  return (
    <Rows title={t('study.consignments')}>
      {study.consignments.map((row) => (
        <li key={row.id}>
          <div class="study-words">
            <span>
              <strong>{row.partner.name}</strong> <StateBadge entity="consignment" state={row.state} />
            </span>
            <small>
              {[
                momentText(row.created_ms),
                row.sequence > 1 && t('study.supplement', { number: row.sequence }),
                row.size_bytes > 0 && amountText(row),
              ]
                .filter(Boolean)
                .join(' · ')}
            </small>
            <Sent row={row} />
            {row.words && <p class="why">{row.words}</p>}
            {row.attempts > 0 && <p class="why">{t('study.attempts', { count: row.attempts })}</p>}
          </div>
          <Acts id={row.id} can={row.can} kind="consignment" subject={row.partner.name} onDone={onDone} />
        </li>
      ))}
    </Rows>
  );
}

function Sent({ row }: { row: StudyDetails['consignments'][number] }) {
  const { parts, parts_sent, parts_confirmed, state } = row;
  if (parts === 0 || state === 'discarded') return null;
  const all = numberText(parts);
  const isSent = parts_sent === parts;
  const value = isSent ? parts_confirmed : parts_sent;
  const label = isSent
    ? t('study.confirmed', { done: numberText(parts_confirmed), all })
    : t('studies.progress-sent', { done: numberText(parts_sent), all });
  return <Progress value={value} max={parts} label={label} />;
}

/** What brought it. */
export function Sets({ study, onDone }: { study: StudyDetails; onDone: () => Promise<void> }) {
  if (study.sets.length === 0) return null;
  return (
    <Rows title={t('study.sets')}>
      {study.sets.map((row) => (
        <li key={row.id}>
          <div class="study-words">
            <span>
              <strong>{row.partner.name}</strong> <StateBadge entity="inbound_set" state={row.state} />
            </span>
            <small>
              {momentText(row.first_ms)} · {t('study.set-mails', { came: row.came, total: row.total })}
            </small>
            {row.words && <p class="why">{row.words}</p>}
          </div>
          <Acts id={row.id} can={row.can} kind="inbound_set" subject={row.partner.name} onDone={onDone} />
        </li>
      ))}
    </Rows>
  );
}

/** What became of it at the targets. */
export function Deliveries({ study }: { study: StudyDetails }) {
  if (study.targets.length === 0) return null;
  return (
    <Rows title={t('study.deliveries')}>
      {study.targets.map((row) => (
        <li key={`${row.target.id} ${row.state} ${row.words}`}>
          <div class="study-words">
            <span>
              <strong>{row.target.name}</strong> <StateBadge entity="delivery" state={row.state} />
            </span>
            <small>
              {t('study.delivery', { count: row.count })} · {momentText(row.moved_ms)}
            </small>
            {row.words && <p class="why">{row.words}</p>}
          </div>
        </li>
      ))}
    </Rows>
  );
}

function Rows({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <Card title={title}>
      <ul class="row-list">{children}</ul>
    </Card>
  );
}
