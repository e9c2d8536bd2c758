import { useState } from 'preact/hooks';
import type { ApplianceAnswer, OrderedAnswer } from '../../../../appliance/answers.ts';
import { useAction } from '../../../lib/action.ts';
import { api } from '../../../lib/api.ts';
import { problemAt } from '../../../lib/problems.ts';
import { may } from '../../../lib/session.ts';
import { t } from '../../../lib/texts.ts';
import { Button } from '../../../parts/button.tsx';
import { SelectField, TextField } from '../../../parts/fields.tsx';
import { Card, Facts } from '../../../parts/layout.tsx';
import { FormProblems } from '../../../parts/problems.tsx';
import { Badge, Notice } from '../../../parts/words.tsx';
import { order, ordered, Trial } from './network-trial.tsx';
import { listOf, listText } from './words.ts';

type Network = NonNullable<ApplianceAnswer['machine']>['network'];

/** The address: what is in use, and how that is changed. */
export function Network({ network, reload }: { network: Network; reload: () => Promise<void> }) {
  const { now, links, failure, reverts_s, applying } = network;
  const none = t('appliance.none');
  const onTrial = ordered.value !== null || applying || reverts_s !== null;
  return (
    <Card title={t('appliance.network')} wide>
      <Facts
        rows={[
          ...links.map(
            ({ name, addresses, up, mac }) =>
              [
                t('appliance.link', { name }),
                <>
                  <span class="mono">{addresses.length > 0 ? addresses.join(', ') : none}</span>{' '}
                  {!up && <Badge tone="warn">{t('appliance.link-down')}</Badge>}
                  <p class="hint mono">{mac}</p>
                </>,
              ] as const,
          ),
          [t('appliance.gateway'), <span class="mono">{now.gateway ?? none}</span>],
          [t('appliance.dns'), <span class="mono">{now.dns.length > 0 ? now.dns.join(', ') : none}</span>],
        ]}
      />
      {failure !== null && (
        <Notice tone="fail" title={t('appliance.failed')} live>
          {failure}
        </Notice>
      )}
      {may('admin') &&
        (onTrial ? <Trial network={network} reload={reload} /> : <Change network={network} reload={reload} />)}
    </Card>
  );
}

function Change({ network, reload }: { network: Network; reload: () => Promise<void> }) {
  // Who goes from DHCP to a fixed address mostly fixes the one that is there.
  const inUse = network.mode === 'static' ? null : network.links.find(({ up }) => up);
  const [mode, setMode] = useState(network.mode);
  const [address, setAddress] = useState(network.address ?? inUse?.addresses.find((one) => !one.includes(':')) ?? '');
  const [gateway, setGateway] = useState(
    network.mode === 'static' ? (network.gateway ?? '') : (network.now.gateway ?? ''),
  );
  const [dns, setDns] = useState(listText(network.mode === 'static' ? network.dns : network.now.dns));
  const [search, setSearch] = useState(listText(network.search));
  const apply = useAction(async () => {
    const fixed = {
      address: address.trim(),
      gateway: gateway.trim() || null,
      dns: listOf(dns),
      search: listOf(search),
    };
    const answer = await api.put<OrderedAnswer>('/api/appliance/network', {
      mode,
      ...(mode === 'static' && fixed),
    });
    order(answer as unknown as OrderedAnswer);
    await reload();
  });
  const problems = apply.error?.problems;
  const listProblem = (field: string) =>
    problems?.filter(({ path }) => path[0] === field).map(({ message }) => message)[0];
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void apply.run();
      }}
    >
      <FormProblems error={apply.error} />
      <SelectField
        label={t('appliance.mode')}
        value={mode}
        onChange={(chosen) => setMode(chosen === 'static' ? 'static' : 'dhcp')}
        options={[
          { value: 'dhcp', label: t('appliance.mode-dhcp') },
          { value: 'static', label: t('appliance.mode-static') },
        ]}
      />
      {mode === 'static' && (
        <>
          <TextField
            label={t('appliance.address')}
            description={t('appliance.address-hint')}
            value={address}
            onChange={setAddress}
            at={['address']}
            problem={problemAt(problems, 'address')}
            mono
            required
          />
          <TextField
            label={t('appliance.gateway')}
            description={t('appliance.gateway-hint')}
            value={gateway}
            onChange={setGateway}
            at={['gateway']}
            problem={problemAt(problems, 'gateway')}
            mono
          />
          <TextField
            label={t('appliance.dns')}
            description={t('appliance.dns-hint')}
            value={dns}
            onChange={setDns}
            at={problems?.find(({ path }) => path[0] === 'dns')?.path ?? ['dns']}
            problem={listProblem('dns')}
            mono
          />
          <TextField
            label={t('appliance.search')}
            description={t('appliance.search-hint')}
            value={search}
            onChange={setSearch}
            at={problems?.find(({ path }) => path[0] === 'search')?.path ?? ['search']}
            problem={listProblem('search')}
            mono
          />
        </>
      )}
      <p class="hint">{t('appliance.apply-hint')}</p>
      <div class="actions end">
        <Button type="submit" kind="primary" busy={apply.busy}>
          {t('appliance.apply')}
        </Button>
      </div>
    </form>
  );
}
