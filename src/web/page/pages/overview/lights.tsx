import type { Overview } from '../../../routes/overview.ts';
import { momentText } from '../../lib/format.ts';
import { type PlainKey, t } from '../../lib/texts.ts';
import { Icon } from '../../parts/icon.tsx';
import { Badge } from '../../parts/words.tsx';

type Light = Overview['lights'][number];
type Waiting = Overview['attention'][number];

/** Green, yellow or red, in words, with every reason and where to act. */
export function TrafficLight({ overview: { tone, lights, attention } }: { overview: Overview }) {
  // What waits for a person is told below, kind by kind.
  const reasons = lights.filter((light) => light.tone !== 'ok' && light.id !== 'attention');
  const count = reasons.length + attention.length;
  return (
    <section class={`traffic ${tone}`} aria-labelledby="traffic-head">
      <span class="lamp">
        <Icon name={tone} />
      </span>
      <div role="status">
        <h2 id="traffic-head">{tone === 'ok' ? t('overview.ok') : t(`overview.${tone}`, { count })}</h2>
        {count > 0 && (
          <ul>
            {reasons.map((light) => (
              <li key={light.id}>
                <Title light={light} />: {light.words}
                {light.since_ms !== undefined && ` (${t('overview.since', { moment: momentText(light.since_ms) })})`}
              </li>
            ))}
            {attention.map((waiting) => (
              <li key={`${waiting.entity} ${waiting.state}`}>
                <a href={placeFor(waiting)}>{waitingText(waiting)}</a>
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

/** Everything that the box looks at, also what is well: so that one sees that it is looked at. */
export function Lights({ lights }: { lights: readonly Light[] }) {
  return (
    <ul class="lights">
      {lights.map((light) => (
        <li key={light.id}>
          <Badge tone={light.tone}>{t(`common.tone-${light.tone}`)}</Badge>
          <div>
            <Title light={light} />
            <p class="hint">
              {light.words}
              {light.since_ms !== undefined && ` · ${t('overview.since', { moment: momentText(light.since_ms) })}`}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}

function Title({ light }: { light: Light }) {
  return light.link ? <a href={light.link}>{light.title}</a> : <strong>{light.title}</strong>;
}

function placeFor({ entity }: Waiting): string {
  return ['mail', 'inbound_set', 'item'].includes(entity) ? '/quarantine' : '/studies?attention=true';
}

const WAITING = {
  'study held': 'overview.study-held',
  'consignment held': 'overview.consignment-held',
  'consignment refused': 'overview.consignment-refused',
  'consignment unconfirmed': 'overview.consignment-unconfirmed',
  'mail quarantined': 'overview.mail-quarantined',
  'inbound_set held': 'overview.set-held',
  'inbound_set quarantined': 'overview.set-quarantined',
  'inbound_set waiting': 'overview.set-incomplete',
  'delivery held': 'overview.delivery-held',
  'delivery refused': 'overview.delivery-refused',
  'receipt held': 'overview.receipt-held',
  'item conflict': 'overview.item-conflict',
} as const satisfies Record<string, Exclude<Parameters<typeof t>[0], PlainKey>>;

function waitingText({ entity, state, count }: Waiting): string {
  const key = `${entity} ${state}`;
  return key in WAITING ? t(WAITING[key as keyof typeof WAITING], { count }) : `${count} × ${key}`;
}
