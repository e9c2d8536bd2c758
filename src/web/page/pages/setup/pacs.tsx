import { useState } from 'preact/hooks';
import type { FindingAnswer } from '../../../probes/shapes.ts';
import type { SettingsAnswer } from '../../../routes/settings.ts';
import type { NetworkAnswer } from '../../../routes/setup.ts';
import { useAction } from '../../lib/action.ts';
import { type ApiError, api } from '../../lib/api.ts';
import { useLive } from '../../lib/live.ts';
import { problemAt } from '../../lib/problems.ts';
import { t } from '../../lib/texts.ts';
import { CheckField, NumberField, TextField } from '../../parts/fields.tsx';
import { Facts } from '../../parts/layout.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { Spinner } from '../../parts/words.tsx';
import { saveSettings, useSettings } from './settings.ts';
import { StepCard, type StepProps } from './step.tsx';
import { type LiveTest, TestedActions, TestLines, useTests } from './tests.tsx';

/** Under this id the wizard adds the first PACS, and finds it again. */
const ID = 'pacs';

/** The PACS that takes what comes in: C-ECHO, and a test image if wanted, before it is saved. */
export function PacsStep(props: StepProps) {
  const { value: answer } = useSettings();
  return answer ? <PacsForm {...props} answer={answer} /> : <Spinner />;
}

function PacsForm({ answer, next, skip }: StepProps & { answer: SettingsAnswer }) {
  const { targets } = answer.settings;
  const index = targets.findIndex(({ id, kind }) => id === ID && kind === 'dicom');
  const saved = targets[index];
  const [pacs, setPacs] = useState(saved?.kind === 'dicom' ? draftOf(saved) : NEW);
  const [withImage, setWithImage] = useState(false);
  const tests = useTests();
  const change = (more: Partial<Draft>) => {
    tests.forget();
    setPacs({ ...pacs, ...more });
  };
  const save = useAction(async () => {
    const value = { ...saved, id: ID, kind: 'dicom', ...trimmed(pacs) };
    await saveSettings(answer, [{ path: `targets.${ID}`, value }]);
    await next();
  });
  const error = save.error ?? tests.action.error;
  const place = index < 0 ? targets.length : index;
  const others = targets.filter(({ id }) => id !== ID);
  return (
    <StepCard place="pacs" lead={t('setup.pacs-lead')}>
      <OwnSide answer={answer} />
      {others.length > 0 && (
        <p>
          {t('setup.pacs-there')}: {others.map(({ id, name = id }) => name).join(', ')}
        </p>
      )}
      <p>
        <a href="/targets">{t('setup.pacs-more')}</a>
      </p>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void (tests.passed ? save.run() : tests.action.run(testsOf(pacs, withImage)));
        }}
      >
        <FormProblems error={error} />
        <PacsFields pacs={pacs} onChange={change} error={error} place={place} />
        <CheckField
          label={t('setup.pacs-image')}
          description={t('setup.pacs-image-hint')}
          value={withImage}
          onChange={(wanted) => {
            tests.forget();
            setWithImage(wanted);
          }}
        />
        <TestLines tests={tests} />
        <TestedActions tests={tests} save={save} skip={skip} skipHint={t('setup.pacs-skip-hint')} />
      </form>
    </StepCard>
  );
}

interface Draft {
  readonly host: string;
  readonly port: number | undefined;
  readonly ae_title: string;
  readonly tls: object | null;
}

const NEW: Draft = { host: '', port: 104, ae_title: '', tls: null };
const draftOf = ({ host, port, ae_title, tls }: Draft): Draft => ({ host, port, ae_title, tls });
const trimmed = (draft: Draft) => ({ ...draft, host: draft.host.trim(), ae_title: draft.ae_title.trim() });

function testsOf(draft: Draft, withImage: boolean): LiveTest[] {
  const pacs = trimmed(draft);
  const echo = { title: t('setup.pacs-echo'), run: () => api.post<FindingAnswer>('/api/probes/echo', pacs) };
  const store = { title: t('setup.pacs-store'), run: () => api.post<FindingAnswer>('/api/probes/store', pacs) };
  return withImage ? [echo, store] : [echo];
}

interface FieldsProps {
  pacs: Draft;
  onChange: (change: Partial<Draft>) => void;
  error: ApiError | null;
  /** Of the target in the settings. */
  place: number;
}

function PacsFields({ pacs, onChange, error, place }: FieldsProps) {
  const isOfSettings = error?.problems.some(({ path }) => path[0] === 'targets') ?? false;
  const placed = (field: string) => {
    const at = isOfSettings ? ['targets', place, field] : [field];
    return { at, problem: problemAt(error?.problems, ...at) };
  };
  return (
    <>
      <TextField
        label={t('setup.pacs-host')}
        {...placed('host')}
        value={pacs.host}
        onChange={(host) => onChange({ host })}
        mono
        required
      />
      <NumberField
        label={t('setup.pacs-port')}
        {...placed('port')}
        value={pacs.port}
        onChange={(port) => onChange({ port })}
        minimum={1}
        maximum={65_535}
        required
      />
      <TextField
        label={t('setup.pacs-ae')}
        {...placed('ae_title')}
        value={pacs.ae_title}
        onChange={(ae_title) => onChange({ ae_title })}
        mono
        required
      />
    </>
  );
}

/** What whoever runs the PACS must enter there. */
function OwnSide({ answer: { settings } }: { answer: SettingsAnswer }) {
  const { value: network } = useLive<NetworkAnswer>('/api/setup/network', []);
  const all = network?.interfaces.flatMap((one) => one.addresses.map((address) => address.split('/')[0] ?? '')) ?? [];
  // A link-local address means something only on its own link.
  const addresses = all.filter((address) => !address.startsWith('fe80:'));
  return (
    <Facts
      rows={[
        [
          t('setup.pacs-own-ae'),
          <span key="ae" class="mono">
            {settings.site.ae_title}
          </span>,
        ],
        [
          t('setup.pacs-own-address'),
          <span key="address" class="mono">
            {addresses.join(', ') || '–'}
          </span>,
        ],
        [t('setup.pacs-own-port'), settings.dicom.port],
      ]}
    />
  );
}
