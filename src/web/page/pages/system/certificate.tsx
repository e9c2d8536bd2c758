import { useState } from 'preact/hooks';
import type { CertificateAnswer } from '../../../routes/certificates.ts';
import { useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { dateText } from '../../lib/format.ts';
import { useLive } from '../../lib/live.ts';
import { problemAt } from '../../lib/problems.ts';
import { may } from '../../lib/session.ts';
import { tell } from '../../lib/tell.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { ask } from '../../parts/dialog.tsx';
import { Failure } from '../../parts/failures.tsx';
import { CheckField, FileField, TextField } from '../../parts/fields.tsx';
import { Fingerprint } from '../../parts/key.tsx';
import { Card, Cards, Facts, Page } from '../../parts/layout.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { Notice, Spinner } from '../../parts/words.tsx';
import './system.css';

export default function CertificatePage() {
  const { value, error, reload } = useLive<CertificateAnswer>('/api/certificate', ['accounts', 'house']);
  return (
    <Page title={t('system.certificate')} lead={t('system.certificate-lead')}>
      {error && value === undefined && <Failure error={error} onRetry={reload} />}
      {value === undefined && error === null && <Spinner />}
      {value !== undefined && (
        <Cards>
          <InUse certificate={value} onChange={reload} />
          {may('admin') && <Request certificate={value} onChange={reload} />}
          {may('admin') && <PutIn onChange={reload} />}
        </Cards>
      )}
    </Page>
  );
}

interface Changing {
  certificate: CertificateAnswer;
  onChange: () => Promise<void>;
}

function InUse({ certificate, onChange }: Changing) {
  const { selfSigned, fingerprint, expires_ms, issuer, names } = certificate;
  const drop = async () => {
    const title = t('system.back-to-own');
    const text = <p>{t('system.back-to-own-words')}</p>;
    if ((await ask({ title, text, confirm: title, danger: true })) === null) return;
    await api.delete('/api/certificate');
    await onChange();
  };
  return (
    <Card title={t('system.certificate-now')} wide>
      <Facts
        rows={[
          [t('system.kind'), t(selfSigned ? 'system.certificate-own' : 'system.certificate-put-in')],
          [t('system.fingerprint'), <Fingerprint hex={fingerprint.replaceAll(':', '')} />],
          [
            t('system.expires'),
            <>
              {dateText(expires_ms)}
              {selfSigned && <p class="hint">{t('system.renewed')}</p>}
            </>,
          ],
          ...(selfSigned ? [] : [[t('system.issuer'), issuer] as const]),
          [t('system.names'), names.join(', ')],
        ]}
      />
      {!selfSigned && may('admin') && (
        <div class="actions end">
          <Button onClick={drop}>{t('system.back-to-own')}</Button>
        </div>
      )}
    </Card>
  );
}

function Request({ certificate, onChange }: Changing) {
  const [names, setNames] = useState(certificate.suggested.join('\n'));
  const [request, setRequest] = useState<string | null>(null);
  const action = useAction(async () => {
    const wanted = names.split(/[\s,;]+/).filter((name) => name !== '');
    const made = await api.post<{ request: string }>('/api/certificate/request', { names: wanted });
    setRequest(made.request);
    await onChange();
  });
  const wrong = action.error?.problems.find(({ path }) => path[0] === 'names');
  return (
    <Card title={t('system.request')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void action.run();
        }}
      >
        <p class="intro">{t('system.request-lead')}</p>
        <FormProblems error={action.error} />
        {certificate.requested && request === null && <Notice tone="info">{t('system.request-waiting')}</Notice>}
        <TextField
          label={t('system.request-names')}
          description={t('system.request-names-hint')}
          value={names}
          onChange={setNames}
          problem={wrong?.message}
          at={wrong?.path ?? ['names']}
          rows={6}
          mono
        />
        <div class="actions end">
          <Button type="submit" busy={action.busy}>
            {t('system.request-make')}
          </Button>
        </div>
      </form>
      {request !== null && <MadeRequest request={request} />}
    </Card>
  );
}

function MadeRequest({ request }: { request: string }) {
  const copy = async () => {
    await navigator.clipboard.writeText(request);
    tell('ok', t('common.copied'));
  };
  return (
    <div role="status" class="made">
      <TextField label={t('system.request-pem')} value={request} onChange={() => {}} rows={8} mono />
      <div class="actions end">
        <Button icon="copy" onClick={copy}>
          {t('common.copy')}
        </Button>
      </div>
    </div>
  );
}

function PutIn({ onChange }: { onChange: () => Promise<void> }) {
  const [cert, setCert] = useState('');
  const [key, setKey] = useState('');
  const [other_name, setOtherName] = useState(false);
  const action = useAction(async () => {
    await api.put('/api/certificate', { cert, ...(key.trim() !== '' && { key }), other_name });
    setCert('');
    setKey('');
    tell('ok', t('system.put-in-done'));
    await onChange();
  });
  const { error } = action;
  const asksForName = error?.code === 'certificate-name-other' || other_name;
  return (
    <Card title={t('system.put-in')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void action.run();
        }}
      >
        <p class="intro">{t('system.put-in-lead')}</p>
        <FormProblems error={error} />
        <TextField
          label={t('system.chain')}
          description={t('system.chain-hint')}
          value={cert}
          onChange={setCert}
          problem={problemAt(error?.problems, 'cert')}
          at={['cert']}
          rows={6}
          mono
          required
        />
        <FileField
          label={t('system.chain-file')}
          accept=".pem,.crt,.cer"
          onChange={(files) => void files[0]?.text().then(setCert)}
        />
        <TextField
          label={t('system.key')}
          description={t('system.key-hint')}
          value={key}
          onChange={setKey}
          problem={problemAt(error?.problems, 'key')}
          at={['key']}
          rows={4}
          mono
        />
        {asksForName && <CheckField label={t('system.other-name')} value={other_name} onChange={setOtherName} />}
        <div class="actions end">
          <Button type="submit" kind="primary" busy={action.busy}>
            {t('system.put-in-now')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
