import { useState } from 'preact/hooks';
import type { LookAnswer } from '../../../routes/backup.ts';
import { useAction } from '../../lib/action.ts';
import { ApiError, answerOf, api } from '../../lib/api.ts';
import { momentText } from '../../lib/format.ts';
import { problemAt } from '../../lib/problems.ts';
import { language, t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { ask } from '../../parts/dialog.tsx';
import { CheckField, FileField, PasswordField } from '../../parts/fields.tsx';
import { Fingerprint } from '../../parts/key.tsx';
import { Facts } from '../../parts/layout.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { Notice } from '../../parts/words.tsx';
import { awaitRestart, Restarting } from './restarting.tsx';
import './system.css';

const DEADLINE_MS = 10 * 60_000;

/** Restores a backup: on the backup page, and for a box that was just claimed. An admin must be logged in. */
export function Restore() {
  const [look, setLook] = useState<LookAnswer | null>(null);
  return (
    <>
      {look === null ? <Choose onLook={setLook} /> : <Found look={look} onBack={() => setLook(null)} />}
      <Restarting />
    </>
  );
}

function Choose({ onLook }: { onLook: (look: LookAnswer) => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [passphrase, setPassphrase] = useState('');
  /** Under which id the box has the file: a wrong passphrase needs no second upload. */
  const [sent, setSent] = useState<{ file: File; upload: string } | null>(null);
  const action = useAction(async () => {
    if (file === null) throw missing('file', t('system.restore-file-missing'));
    const upload = sent?.file === file ? sent.upload : await send(file);
    setSent({ file, upload });
    try {
      onLook(await api.post<LookAnswer>('/api/restore/look', { upload, passphrase }));
    } catch (thrown) {
      if (thrown instanceof ApiError && thrown.code === 'backup-gone') setSent(null);
      throw thrown;
    }
  });
  const { error } = action;
  const wrong = error?.code === 'backup-passphrase' ? error.message : undefined;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void action.run();
      }}
    >
      <p class="intro">{t('system.restore-lead')}</p>
      <FormProblems error={error} />
      <FileField
        label={t('system.restore-file')}
        accept=".pgp,.gpg,.asc"
        onChange={([first]) => setFile(first ?? null)}
        problem={problemAt(error?.problems, 'file')}
        at={['file']}
        required
      />
      <PasswordField
        label={t('system.passphrase')}
        value={passphrase}
        onChange={setPassphrase}
        problem={problemAt(error?.problems, 'passphrase') ?? wrong}
        at={['passphrase']}
        required
      />
      <div class="actions end">
        <Button type="submit" busy={action.busy} icon="search">
          {t('system.look')}
        </Button>
      </div>
    </form>
  );
}

async function send(file: File): Promise<string> {
  const response = await fetch('/api/restore/upload', {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', 'accept-language': language.value },
    body: file,
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).catch(() => {
    throw new ApiError(0, { code: 'unreachable', message: t('common.unreachable') });
  });
  return (await answerOf<{ upload: string }>(response)).upload;
}

function missing(field: string, message: string): ApiError {
  const problems = [{ path: [field], code: 'request-invalid' as const, message }];
  return new ApiError(0, { code: 'request-invalid', message, problems });
}

function Found({ look, onBack }: { look: LookAnswer; onBack: () => void }) {
  const [accounts, setAccounts] = useState(look.accounts !== null);
  const [certificate, setCertificate] = useState(look.certificate);
  const isBlocked = look.findings.some(({ blocks }) => blocks);
  const restore = useAction(async () => {
    const title = t('system.restore-sure', { site: look.site });
    const text = (
      <div class="stack">
        <p>{t('system.restore-sure-words')}</p>
        <Notice tone="warn">{t('system.restore-one')}</Notice>
      </div>
    );
    if ((await ask({ title, text, confirm: t('system.restore-now'), danger: true })) === null) return;
    await api.post('/api/restore', { look: look.look, accounts, certificate });
    awaitRestart();
  });
  return (
    <div class="stack">
      <h3>{t('system.look-title')}</h3>
      <WhatIsInIt look={look} />
      <Findings look={look} />
      {!isBlocked && (
        <>
          {look.accounts !== null && (
            <CheckField
              label={t('system.restore-accounts')}
              description={t('system.restore-accounts-hint')}
              value={accounts}
              onChange={setAccounts}
            />
          )}
          {look.certificate && (
            <CheckField
              label={t('system.restore-certificate')}
              description={t('system.restore-certificate-hint')}
              value={certificate}
              onChange={setCertificate}
            />
          )}
        </>
      )}
      <FormProblems error={restore.error} />
      <div class="actions end">
        <Button onClick={onBack}>{t('system.other-file')}</Button>
        {!isBlocked && (
          <Button kind="danger" busy={restore.busy} onClick={() => void restore.run()}>
            {t('system.restore-now')}
          </Button>
        )}
      </div>
    </div>
  );
}

function WhatIsInIt({ look }: { look: LookAnswer }) {
  const { site, address, made_ms, program, host, partners, targets, passwords } = look;
  return (
    <Facts
      rows={[
        [t('system.look-site'), `${site} (${address})`],
        [t('system.look-made'), t('system.look-by', { date: momentText(made_ms), version: program, host })],
        ...(look.fingerprint === null ? [] : [[t('system.look-key'), <Fingerprint hex={look.fingerprint} />] as const]),
        [t('system.look-holds'), t('system.look-counts', { partners, targets, passwords })],
        ...(look.accounts === null ? [] : [[t('system.look-accounts'), look.accounts.join(', ')] as const]),
      ]}
    />
  );
}

function Findings({ look }: { look: LookAnswer }) {
  const blocking = look.findings.filter(({ blocks }) => blocks);
  const others = look.findings.filter(({ blocks }) => !blocks);
  if (look.findings.length === 0)
    return (
      <Notice tone="ok" live>
        {t('system.look-fine')}
      </Notice>
    );
  return (
    <>
      {blocking.length > 0 && (
        <Notice tone="fail" title={t('system.look-blocked')} live>
          <Messages findings={blocking} />
        </Notice>
      )}
      {others.length > 0 && (
        <Notice tone="warn" title={t('system.look-remarks')} live>
          <Messages findings={others} />
        </Notice>
      )}
    </>
  );
}

function Messages({ findings }: { findings: LookAnswer['findings'] }) {
  return (
    <ul>
      {findings.map(({ message }) => (
        <li key={message}>{message}</li>
      ))}
    </ul>
  );
}
