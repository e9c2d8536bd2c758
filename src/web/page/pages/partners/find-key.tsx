import { useState } from 'preact/hooks';
import type { FoundKeys } from '../../../routes/keys.ts';
import { useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { problemAt } from '../../lib/problems.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { FileField, SelectField, TextField } from '../../parts/fields.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { Tabs } from '../../parts/tabs.tsx';

interface FindProps {
  onFound: (found: FoundKeys) => void;
}

/** Where a partner's key comes from: a file, pasted text, or a directory. What is found is looked at, not trusted. */
export function FindKey({ onFound }: FindProps) {
  const [selected, setSelected] = useState('file');
  return (
    <Tabs
      label={t('partners.where-from')}
      selected={selected}
      onSelect={setSelected}
      tabs={[
        { id: 'file', label: t('partners.from-file'), panel: () => <FromFile onFound={onFound} /> },
        { id: 'text', label: t('partners.from-text'), panel: () => <FromText onFound={onFound} /> },
        { id: 'search', label: t('partners.from-search'), panel: () => <FromSearch onFound={onFound} /> },
      ]}
    />
  );
}

function FromFile({ onFound }: FindProps) {
  const read = useAction(async (file: File) => {
    const data = base64Of(new Uint8Array(await file.arrayBuffer()));
    onFound(await api.post<FoundKeys>('/api/keys/read', { data, encoding: 'base64' }));
  });
  return (
    <form noValidate>
      <FormProblems error={read.error} />
      <FileField
        label={t('partners.from-file-label')}
        description={t('partners.from-file-hint')}
        accept=".json,.asc,.gpg,.pgp,.key,.txt"
        onChange={([file]) => file && void read.run(file)}
      />
    </form>
  );
}

function FromText({ onFound }: FindProps) {
  const [data, setData] = useState('');
  const read = useAction(async () => onFound(await api.post<FoundKeys>('/api/keys/read', { data })));
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void read.run();
      }}
    >
      <FormProblems error={read.error} />
      <TextField
        label={t('partners.from-text-label')}
        description={t('partners.from-text-hint')}
        at={['data']}
        problem={problemAt(read.error?.problems, 'data')}
        value={data}
        onChange={setData}
        rows={8}
        mono
        required
      />
      <div class="actions end">
        <Button type="submit" kind="primary" busy={read.busy}>
          {t('partners.read')}
        </Button>
      </div>
    </form>
  );
}

const KNOWN_SERVERS = ['keys.openpgp.org', 'keyserver.ubuntu.com'];

function FromSearch({ onFound }: FindProps) {
  const [address, setAddress] = useState('');
  const [source, setSource] = useState('wkd');
  const [host, setHost] = useState('');
  const search = useAction(async () => {
    const asked = source === 'other' ? host.trim() : source;
    onFound(await api.post<FoundKeys>('/api/keys/search', { address: address.trim(), source: asked }));
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void search.run();
      }}
    >
      <FormProblems error={search.error} />
      <TextField
        label={t('partners.from-search-label')}
        description={t('partners.from-search-hint')}
        type="email"
        at={['address']}
        problem={problemAt(search.error?.problems, 'address')}
        value={address}
        onChange={setAddress}
        required
      />
      <SelectField
        label={t('partners.search-where')}
        value={source}
        onChange={setSource}
        options={[
          { value: 'wkd', label: t('partners.search-wkd') },
          ...KNOWN_SERVERS.map((name) => ({ value: name, label: name })),
          { value: 'other', label: t('partners.search-other') },
        ]}
      />
      {source === 'other' && (
        <TextField
          label={t('partners.search-host')}
          description={t('partners.search-host-hint')}
          at={['source']}
          problem={problemAt(search.error?.problems, 'source')}
          value={host}
          onChange={setHost}
          mono
          required
        />
      )}
      <div class="actions end">
        <Button type="submit" kind="primary" icon="search" busy={search.busy}>
          {t('partners.search')}
        </Button>
      </div>
    </form>
  );
}

/** In pieces: a whole key as arguments of one call is too much for some browsers. */
function base64Of(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8_192) binary += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(binary);
}
