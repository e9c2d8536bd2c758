import { useState } from 'preact/hooks';
import { useAction } from '../lib/action.ts';
import { ApiError, api, type Problem } from '../lib/api.ts';
import { problemAt } from '../lib/problems.ts';
import { state } from '../lib/session.ts';
import { t } from '../lib/texts.ts';
import { AlonePage } from '../parts/alone.tsx';
import { Button } from '../parts/button.tsx';
import { TextField } from '../parts/fields.tsx';
import { FormProblems } from '../parts/problems.tsx';
import { Notice } from '../parts/words.tsx';
import { awaitRestart, MACHINE_MS, Restarting } from './system/restarting.tsx';

/** A box that is there without its data: what happened, and what can be done. It has no accounts now, and cannot be claimed. */
export default function NoData() {
  const { data, name } = state.value?.machine ?? { data: 'missing', name: '' };
  const kind = data === 'good' ? 'missing' : data;
  return (
    <AlonePage title={t(`appliance.${kind}`)}>
      <p class="lead">{t(`appliance.${kind}-why`)}</p>
      {kind === 'locked' && <Unlock />}
      <div class="card stack">
        {kind === 'locked' && <h2>{t('appliance.without-key')}</h2>}
        <p>{t('appliance.ask-support')}</p>
        <p>{t('appliance.reset-by-stick', { name })}</p>
      </div>
      <Restarting />
    </AlonePage>
  );
}

function Unlock() {
  const [key, setKey] = useState('');
  const [isOpen, setOpen] = useState(false);
  const unlock = useAction(async () => {
    await api.post('/api/appliance/unlock', { key: key.trim() }).catch(atKey);
    setOpen(true);
    awaitRestart(MACHINE_MS);
  });
  if (isOpen)
    return (
      <Notice tone="ok" live>
        {t('appliance.unlocked')}
      </Notice>
    );
  return (
    <form
      class="card"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void unlock.run();
      }}
    >
      <FormProblems error={unlock.error} />
      <TextField
        label={t('appliance.unlock-key')}
        description={t('appliance.unlock-hint')}
        value={key}
        onChange={setKey}
        at={['key']}
        problem={problemAt(unlock.error?.problems, 'key')}
        mono
        required
      />
      <div class="actions end">
        <Button type="submit" kind="primary" busy={unlock.busy}>
          {t('appliance.unlock')}
        </Button>
      </div>
    </form>
  );
}

/** What is wrong with the key stands beside it. */
function atKey(thrown: unknown): never {
  if (!(thrown instanceof ApiError) || !['unlock-key-wrong', 'unlock-locked'].includes(thrown.code)) throw thrown;
  const { status, code, message } = thrown;
  const problem: Problem = { path: ['key'], code: code as Problem['code'], message };
  throw new ApiError(status, { code, message, problems: [problem] });
}
