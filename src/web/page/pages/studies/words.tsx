import { type Stage, stageTexts } from '../../../../line/state-texts.ts';
import type { StudyLine } from '../../../studies/answers.ts';
import { bytesText, dicomNameText, numberText } from '../../lib/format.ts';
import { say, t } from '../../lib/texts.ts';
import { Badge, Progress, type Tone } from '../../parts/words.tsx';

const TONES: Readonly<Partial<Record<Stage, Tone>>> = {
  held: 'fail',
  refused: 'fail',
  unconfirmed: 'warn',
  confirmed: 'ok',
  delivered: 'ok',
  arriving: 'info',
  settled: 'info',
  routed: 'info',
  packed: 'info',
  sent: 'info',
  delivering: 'info',
};

export function StageBadge({ stage }: { stage: Stage }) {
  return <Badge tone={TONES[stage] ?? 'plain'}>{say(stageTexts[stage])}</Badge>;
}

/** How far it is, where it is on its way. */
export function StageProgress({ study }: { study: StudyLine }) {
  const { stage, parts, parts_sent, deliveries, deliveries_done } = study;
  if (stage === 'packed' && parts > 0) {
    const label = t('studies.progress-sent', { done: numberText(parts_sent), all: numberText(parts) });
    return <Progress value={parts_sent} max={parts} label={label} />;
  }
  if (stage === 'delivering') {
    const label = t('studies.progress-delivered', { done: numberText(deliveries_done), all: numberText(deliveries) });
    return <Progress value={deliveries_done} max={deliveries} label={label} />;
  }
  return null;
}

export const patientText = ({ patient }: StudyLine) => dicomNameText(patient.name) || t('studies.nameless');

/** From whom, to whom. */
export function wayText({ direction, peers }: StudyLine): string {
  const names = peers.map(({ name }) => name);
  if (direction === 'out') {
    return names.length === 0 ? t('studies.to-nobody') : t('studies.to-partners', { partners: names.join(', ') });
  }
  const [partner = '', ...partners] = names;
  if (partners.length === 0) return t('studies.from-partner', { partner });
  return t('studies.from-partner-to', { partner, partners: partners.join(', ') });
}

export const amountText = ({ items, size_bytes }: { items: number; size_bytes: number }) =>
  `${t('studies.objects', { count: items })} · ${bytesText(size_bytes)}`;
