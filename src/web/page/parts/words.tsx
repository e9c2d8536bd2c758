import type { ComponentChildren } from 'preact';
import { numberText } from '../lib/format.ts';
import { t } from '../lib/texts.ts';
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'ok' | 'warn' | 'fail' | 'info' | 'plain';

const ICONS: Readonly<Record<Tone, IconName>> = { ok: 'ok', warn: 'warn', fail: 'fail', info: 'info', plain: 'info' };

/** A word about a state; its tone is a colour and a picture, never only a colour. */
export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ComponentChildren }) {
  return (
    <span class={`badge ${tone}`}>
      {tone !== 'plain' && <Icon name={ICONS[tone]} />}
      <span>{children}</span>
    </span>
  );
}

/** Something that must be read. `live`: it came while the page was there, so a screen reader says it. */
export function Notice({ tone, title, live, children }: NoticeProps) {
  const role = live ? (tone === 'fail' ? 'alert' : 'status') : undefined;
  return (
    <div class={`notice ${tone}`} role={role}>
      <Icon name={ICONS[tone]} />
      <div>
        {title && <p class="notice-title">{title}</p>}
        {children}
      </div>
    </div>
  );
}

interface NoticeProps {
  tone: Tone;
  title?: ComponentChildren;
  live?: boolean;
  children?: ComponentChildren;
}

/** How far something is; without `max`, that it goes on. */
export function Progress({ value, max, label, hideLabel }: ProgressProps) {
  const known = max !== undefined && max > 0;
  return (
    <div class="progress">
      <span class={hideLabel ? 'unseen' : 'progress-label'}>{label}</span>
      <progress aria-label={label} {...(known ? { value: Math.min(value, max), max } : {})} />
      {known && <span class="progress-figure">{numberText(Math.floor((100 * value) / max))} %</span>}
    </div>
  );
}

interface ProgressProps {
  value: number;
  max?: number;
  label: string;
  hideLabel?: boolean;
}

/** Where a list is empty: what would be there, and perhaps how it gets there. */
export function Empty({ title, children }: { title: ComponentChildren; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** Takes about the room of what will come; it is seen only after a moment, so that quick answers do not flicker. */
export function Spinner({ label }: { label?: string }) {
  return (
    <div class="spinner" role="status">
      <span>{label ?? t('common.loading')}</span>
    </div>
  );
}
