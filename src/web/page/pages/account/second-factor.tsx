import { useState } from 'preact/hooks';
import { useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { enter } from '../../lib/enter.ts';
import { session } from '../../lib/session.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { PasswordField, TextField } from '../../parts/fields.tsx';
import { Qr } from '../../parts/key.tsx';
import { Card } from '../../parts/layout.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { Badge } from '../../parts/words.tsx';

type Wish = 'begin' | 'remove' | 'recovery-codes';
interface Begun {
  secret: string;
  qr: string;
}

/** The second factor: what it is for, whether it is on, and the way there. Each step begins with one's own password. */
export function SecondFactor() {
  const [wish, setWish] = useState<Wish | null>(null);
  const [begun, setBegun] = useState<Begun | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const on = session.value?.secondFactor === true;
  const left = session.value?.recoveryCodes ?? 0;

  const carryOut = async (password: string) => {
    if (wish === 'begin') setBegun(await api.post<Begun>('/api/session/second-factor', { password }));
    if (wish === 'remove') await api.post('/api/session/second-factor/remove', { password });
    if (wish === 'recovery-codes') {
      setCodes(
        (await api.post<{ recoveryCodes: string[] }>('/api/session/recovery-codes', { password })).recoveryCodes,
      );
    }
    setWish(null);
    if (wish === 'remove') await enter();
  };
  const confirm = async (code: string) => {
    const answer = await api.post<{ recoveryCodes: string[] }>('/api/session/second-factor/confirm', { code });
    setBegun(null);
    setCodes(answer.recoveryCodes);
  };
  const keep = async () => {
    setCodes(null);
    // Only now: where the second factor was owed, this page goes.
    await enter();
  };
  return (
    <Card
      title={t('session.second-factor')}
      actions={
        <Badge tone={on ? 'ok' : 'plain'}>{t(on ? 'session.second-factor-on' : 'session.second-factor-off')}</Badge>
      }
    >
      <p>{t('session.second-factor-words')}</p>
      {on && <p class="hint">{t('session.recovery-codes-left', { count: left })}</p>}
      <div class="actions end">
        {on ? (
          <>
            <Button onClick={() => setWish('recovery-codes')}>{t('session.new-recovery-codes')}</Button>
            <Button onClick={() => setWish('remove')}>{t('session.remove-second-factor')}</Button>
          </>
        ) : (
          <Button kind="primary" onClick={() => setWish('begin')}>
            {t('session.set-up-second-factor')}
          </Button>
        )}
      </div>
      {wish && <PasswordDialog wish={wish} onClose={() => setWish(null)} onPassword={carryOut} />}
      {begun && <EnrolDialog begun={begun} onClose={() => setBegun(null)} onCode={confirm} />}
      {codes && <CodesDialog codes={codes} onClose={keep} />}
    </Card>
  );
}

const TITLES = {
  begin: 'session.set-up-second-factor',
  remove: 'session.remove-second-factor',
  'recovery-codes': 'session.new-recovery-codes',
} as const;

function PasswordDialog({ wish, onClose, onPassword }: PasswordDialogProps) {
  const [password, setPassword] = useState('');
  const action = useAction(() => onPassword(password));
  return (
    <Dialog title={t(TITLES[wish])} onClose={onClose}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void action.run();
        }}
      >
        <FormProblems error={action.error} />
        <PasswordField
          label={t('session.own-password')}
          description={t('session.own-password-hint')}
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
        />
        <div class="actions end">
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" kind={wish === 'remove' ? 'danger' : 'primary'} busy={action.busy}>
            {wish === 'begin' ? t('common.next') : t(TITLES[wish])}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface PasswordDialogProps {
  wish: Wish;
  onClose: () => void;
  onPassword: (password: string) => Promise<void>;
}

function EnrolDialog({ begun, onClose, onCode }: EnrolDialogProps) {
  const [code, setCode] = useState('');
  const action = useAction(() => onCode(code));
  return (
    <Dialog title={t('session.set-up-second-factor')} onClose={onClose}>
      <form
        noValidate
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void action.run();
        }}
      >
        <FormProblems error={action.error} />
        <p>{t('session.scan')}</p>
        <Qr svg={begun.qr} label={t('session.qr-label')} />
        <p class="hint">
          {t('session.secret')} <code>{begun.secret.match(/.{1,4}/g)?.join(' ')}</code>
        </p>
        <TextField
          label={t('session.code')}
          autoComplete="one-time-code"
          inputMode="numeric"
          mono
          value={code}
          onChange={setCode}
        />
        <div class="actions end">
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" kind="primary" busy={action.busy}>
            {t('session.turn-on')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface EnrolDialogProps {
  begun: Begun;
  onClose: () => void;
  onCode: (code: string) => Promise<void>;
}

function CodesDialog({ codes, onClose }: { codes: readonly string[]; onClose: () => Promise<void> }) {
  return (
    <Dialog title={t('session.recovery-codes')} onClose={() => void onClose()}>
      <p>{t('session.recovery-codes-words')}</p>
      <ul class="codes mono">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div class="actions end">
        <Button kind="primary" onClick={onClose}>
          {t('session.codes-kept')}
        </Button>
      </div>
    </Dialog>
  );
}
