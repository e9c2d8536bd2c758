import type { ComponentType } from 'preact';
import { useLocation } from 'preact-iso';
import type { SetupAnswer } from '../../routes/setup.ts';
import type { Step } from '../../setup.ts';
import { useLive } from '../lib/live.ts';
import { t } from '../lib/texts.ts';
import { Page } from '../parts/layout.tsx';
import { Badge, Notice, Spinner } from '../parts/words.tsx';
import { EndStep } from './setup/end.tsx';
import { KeyStep } from './setup/key.tsx';
import { MailStep } from './setup/mail.tsx';
import { NetworkStep } from './setup/network.tsx';
import { PacsStep } from './setup/pacs.tsx';
import { PartnerStep } from './setup/partner.tsx';
import { SiteStep } from './setup/site.tsx';
import { type Place, type StepProps, tellStep } from './setup/step.tsx';
import { TrialStep } from './setup/trial.tsx';

const STEPS: Readonly<Record<Step, ComponentType<StepProps>>> = {
  site: SiteStep,
  network: NetworkStep,
  key: KeyStep,
  mail: MailStep,
  pacs: PacsStep,
  partner: PartnerStep,
  trial: TrialStep,
};
const PLACES: readonly Place[] = ['site', 'network', 'key', 'mail', 'pacs', 'partner', 'trial', 'end'];

/** Setting a box up, step by step; where one has come to is on the box, so that it can be left and gone on with anywhere. */
export default function SetupPage() {
  const { query, route } = useLocation();
  const { value: setup, error, reload } = useLive<SetupAnswer>('/api/setup', ['settings']);
  if (error && !setup) return <Failed message={error.message} />;
  if (!setup) return <Spinner />;
  const asked = PLACES.find((place) => place === query.step);
  const isNew = setup.steps[0]?.state !== 'done';
  // Nothing else can be done before there are settings.
  const place: Place = isNew ? 'site' : (asked ?? setup.steps.find(({ state }) => state === 'open')?.step ?? 'end');
  const number = PLACES.indexOf(place) + 1;
  const goOn = async (state: 'done' | 'skipped') => {
    if (place !== 'end') await tellStep(place, state);
    await reload();
    route(`/setup?step=${PLACES[number]}`);
  };
  const props: StepProps = { setup, reload, next: () => goOn('done'), skip: () => goOn('skipped') };
  const Current = place === 'end' ? EndStep : STEPS[place];
  return (
    <Page title={t('setup.title')} lead={t('setup.lead', { number, of: PLACES.length })}>
      {isNew && setup.stick?.outcome === 'unusable' && (
        <Notice tone="warn">
          {t('setup.stick-unusable')} {setup.stick.problems.join(' ')}
        </Notice>
      )}
      <div class="wizard">
        <Steps setup={setup} place={place} isNew={isNew} />
        <Current key={place} {...props} />
      </div>
    </Page>
  );
}

function Steps({ setup, place, isNew }: { setup: SetupAnswer; place: Place; isNew: boolean }) {
  return (
    <nav aria-label={t('setup.steps')}>
      <ol class="steps">
        {PLACES.map((one) => {
          const state = setup.steps.find(({ step }) => step === one)?.state;
          return (
            <li key={one} aria-current={one === place ? 'step' : undefined}>
              {isNew ? (
                <span>{t(`setup.step-${one}`)}</span>
              ) : (
                <a href={`/setup?step=${one}`}>{t(`setup.step-${one}`)}</a>
              )}
              {state && state !== 'open' && (
                <Badge tone={state === 'done' ? 'ok' : 'plain'}>{t(`setup.state-${state}`)}</Badge>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

function Failed({ message }: { message: string }) {
  return (
    <Page title={t('setup.title')}>
      <Notice tone="fail">{message}</Notice>
    </Page>
  );
}
