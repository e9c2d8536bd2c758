import { useState } from 'preact/hooks';
import type { Settings } from '../../../../config/schema.ts';
import type { SettingsAnswer } from '../../../routes/settings.ts';
import type { BeganAnswer } from '../../../routes/setup.ts';
import { useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { refreshState } from '../../lib/enter.ts';
import { problemAt } from '../../lib/problems.ts';
import { language, t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { SelectField, TextField } from '../../parts/fields.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { Notice, Spinner } from '../../parts/words.tsx';
import { saveSettings, useSettings } from './settings.ts';
import { StepActions, StepCard, type StepProps } from './step.tsx';

/** Name, mail address and AE title: with them the box has settings and can be started. */
export function SiteStep(props: StepProps) {
  const isNew = props.setup.steps.find(({ step }) => step === 'site')?.state !== 'done';
  return <StepCard place="site">{isNew ? <NewSite {...props} /> : <KnownSite {...props} />}</StepCard>;
}

interface Site {
  name: string;
  address: string;
  ae_title: string;
  language: Settings['site']['language'];
}

function NewSite({ next }: StepProps) {
  const [began, setBegan] = useState<BeganAnswer | null>(null);
  const first: Site = { name: '', address: '', ae_title: 'ROHRPOST', language: language.value };
  const save = async (site: Site) => {
    const answer = await api.put<BeganAnswer>('/api/setup/site', trimmed(site));
    await refreshState();
    setBegan(answer);
    if (answer.running) await next();
  };
  return (
    <>
      <p>
        {t('setup.site-restore')} <a href="/system/backup">{t('setup.site-restore-link')}</a>.
      </p>
      {began?.trouble && (
        <Notice tone="fail" title={t('setup.site-trouble')} live>
          <p>{began.trouble.message}</p>
        </Notice>
      )}
      <SiteForm first={first} save={save} paths={PATHS_NEW} submit={t('setup.site-start')} />
    </>
  );
}

function KnownSite({ next }: StepProps) {
  const { value: answer } = useSettings();
  if (!answer) return <Spinner />;
  return <ChangeSite answer={answer} next={next} />;
}

function ChangeSite({ answer, next }: { answer: SettingsAnswer; next: StepProps['next'] }) {
  const { site, mail } = answer.settings;
  const first: Site = { name: site.name, address: mail.address, ae_title: site.ae_title, language: site.language };
  const save = async (changed: Site) => {
    const { name, address, ae_title, language: spoken } = trimmed(changed);
    const changes = [
      { path: 'site.name', value: name },
      { path: 'site.ae_title', value: ae_title },
      { path: 'site.language', value: spoken },
      { path: 'mail.address', value: address },
    ];
    const isOther = JSON.stringify(trimmed(changed)) !== JSON.stringify(first);
    if (isOther) await saveSettings(answer, changes);
    await next();
  };
  return <SiteForm first={first} save={save} paths={PATHS_KNOWN} submit={t('setup.next')} />;
}

const trimmed = (site: Site): Site => ({
  ...{ name: site.name.trim(), address: site.address.trim(), ae_title: site.ae_title.trim() },
  language: site.language,
});

type Paths = Readonly<Record<keyof Site, readonly string[]>>;
const PATHS_NEW: Paths = { name: ['name'], address: ['address'], ae_title: ['ae_title'], language: ['language'] };
const PATHS_KNOWN: Paths = {
  ...{ name: ['site', 'name'], address: ['mail', 'address'] },
  ...{ ae_title: ['site', 'ae_title'], language: ['site', 'language'] },
};

interface FormProps {
  first: Site;
  save: (site: Site) => Promise<void>;
  /** Where the box finds the fields. */
  paths: Paths;
  submit: string;
}

function SiteForm({ first, save, paths, submit }: FormProps) {
  const [site, setSite] = useState(first);
  const action = useAction(() => save(site));
  const field = (name: keyof Site) => ({
    at: paths[name],
    problem: problemAt(action.error?.problems, ...paths[name]),
    value: site[name],
    onChange: (value: string) => setSite({ ...site, [name]: value }),
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void action.run();
      }}
    >
      <FormProblems error={action.error} />
      <TextField label={t('setup.site-name')} description={t('setup.site-name-hint')} {...field('name')} required />
      <TextField
        label={t('setup.site-address')}
        description={t('setup.site-address-hint')}
        type="email"
        {...field('address')}
        required
      />
      <TextField
        label={t('setup.site-ae')}
        description={t('setup.site-ae-hint')}
        {...field('ae_title')}
        mono
        required
      />
      <SelectField
        label={t('setup.site-language')}
        description={t('setup.site-language-hint')}
        {...field('language')}
        options={[
          { value: 'de', label: 'Deutsch' },
          { value: 'en', label: 'English' },
        ]}
      />
      <StepActions>
        <Button type="submit" kind="primary" busy={action.busy}>
          {submit}
        </Button>
      </StepActions>
    </form>
  );
}
