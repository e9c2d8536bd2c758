import { useState } from 'preact/hooks';
import type { Settings } from '../../../../config/schema.ts';
import type { SettingsAnswer } from '../../../routes/settings.ts';
import type { BeganAnswer } from '../../../routes/setup.ts';
import { useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { refreshState } from '../../lib/enter.ts';
import { problemAt } from '../../lib/problems.ts';
import { state } from '../../lib/session.ts';
import { language, t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { NumberField, SelectField, TextField } from '../../parts/fields.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { Notice, Spinner } from '../../parts/words.tsx';
import { saveSettings, useSettings } from './settings.ts';
import { StepActions, StepCard, type StepProps } from './step.tsx';

/** Name, mail address and AE title: with them the box has settings and can be started. */
export function SiteStep(props: StepProps) {
  const isNew = props.setup.steps.find(({ step }) => step === 'site')?.state !== 'done';
  const { setUp, trouble } = state.value ?? {};
  return (
    <StepCard place="site">
      {setUp && trouble && (
        <Notice tone="fail" title={t('setup.site-trouble')} live>
          <p>{trouble.message}</p>
        </Notice>
      )}
      {isNew ? <NewSite {...props} /> : <KnownSite {...props} />}
    </StepCard>
  );
}

interface Site {
  name: string;
  address: string;
  ae_title: string;
  /** Undefined while no number is typed. */
  port: number | undefined;
  language: Settings['site']['language'];
}

function NewSite({ next, reload }: StepProps) {
  const first: Site = { name: '', address: '', ae_title: 'ROHRPOST', port: 11_112, language: language.value };
  const save = async (site: Site) => {
    const { running } = await api.put<BeganAnswer>('/api/setup/site', trimmed(site));
    await refreshState();
    await (running ? next() : reload());
  };
  return (
    <>
      <p>
        {t('setup.site-restore')} <a href="/system/backup">{t('setup.site-restore-link')}</a>.
      </p>
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
  const { site, mail, dicom } = answer.settings;
  const { name, ae_title, language: spoken } = site;
  const first: Site = { name, ae_title, address: mail.address, port: dicom.port, language: spoken };
  const save = async (changed: Site) => {
    const after = trimmed(changed);
    const changes = (Object.keys(PATHS_KNOWN) as (keyof Site)[])
      .filter((field) => after[field] !== first[field])
      .map((field) => ({ path: PATHS_KNOWN[field].join('.'), value: after[field] }));
    if (changes.length > 0) await saveSettings(answer, changes);
    await refreshState();
    if (state.value?.trouble === null) await next();
  };
  return <SiteForm first={first} save={save} paths={PATHS_KNOWN} submit={t('setup.next')} />;
}

const trimmed = (site: Site): Site => ({
  ...site,
  ...{ name: site.name.trim(), address: site.address.trim(), ae_title: site.ae_title.trim() },
});

type Paths = Readonly<Record<keyof Site, readonly string[]>>;
const PATHS_NEW: Paths = {
  ...{ name: ['name'], address: ['address'], ae_title: ['ae_title'] },
  ...{ port: ['port'], language: ['language'] },
};
const PATHS_KNOWN: Paths = {
  ...{ name: ['site', 'name'], address: ['mail', 'address'], ae_title: ['site', 'ae_title'] },
  ...{ port: ['dicom', 'port'], language: ['site', 'language'] },
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
  const placed = (name: keyof Site) => ({
    at: paths[name],
    problem: problemAt(action.error?.problems, ...paths[name]),
  });
  const field = (name: Exclude<keyof Site, 'port'>) => ({
    ...placed(name),
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
      <NumberField
        label={t('setup.site-port')}
        description={t('setup.site-port-hint')}
        {...placed('port')}
        value={site.port}
        onChange={(port) => setSite({ ...site, port })}
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
