import type { SystemAnswer, UnderWayAnswer } from '../../routes/system.ts';
import { api } from '../lib/api.ts';
import { bytesText, exactMomentText, momentText, spanText } from '../lib/format.ts';
import { useLive } from '../lib/live.ts';
import { may, state } from '../lib/session.ts';
import { t } from '../lib/texts.ts';
import { Button, LinkButton } from '../parts/button.tsx';
import { ask } from '../parts/dialog.tsx';
import { Failure } from '../parts/failures.tsx';
import { Card, Cards, Facts, Page } from '../parts/layout.tsx';
import { Badge, Progress, Spinner } from '../parts/words.tsx';
import './system/system.css';
import { Alarms } from './system/alarms.tsx';
import { awaitRestart, Restarting } from './system/restarting.tsx';
import { UnderWay } from './system/under-way.tsx';

const EVERY_MS = 10_000;

export default function System() {
  const { value, error, reload } = useLive<SystemAnswer>('/api/system', ['house', 'settings'], { every_ms: EVERY_MS });
  return (
    <Page title={t('system.title')}>
      <nav class="actions sections" aria-label={t('system.sections')}>
        {state.value?.machine && <LinkButton href="/system/firmware">{t('firmware.title')}</LinkButton>}
        {state.value?.machine && <LinkButton href="/system/appliance">{t('appliance.title')}</LinkButton>}
        <LinkButton href="/system/certificate">{t('system.certificate')}</LinkButton>
        {may('admin') && <LinkButton href="/system/backup">{t('system.backup')}</LinkButton>}
        <LinkButton href="/system/log">{t('system.log')}</LinkButton>
        {may('admin') && <LinkButton href="/system/audit">{t('audit.title')}</LinkButton>}
        {may('admin') && <LinkButton href="/system/users">{t('users.title')}</LinkButton>}
      </nav>
      {error && value === undefined && <Failure error={error} onRetry={reload} />}
      {value === undefined && error === null && <Spinner />}
      {value !== undefined && (
        <Cards>
          <About system={value} />
          <Time time={value.time} />
          <Network system={value} />
          <Storage storage={value.storage} />
          <Update system={value} />
          {may('admin') && <Restart />}
          {may('admin') && <Support />}
          <Alarms />
        </Cards>
      )}
      <Restarting />
    </Page>
  );
}

function About({ system }: { system: SystemAnswer }) {
  const { size_bytes, free_bytes, used_bytes } = system.memory;
  const memory = { free: bytesText(free_bytes), all: bytesText(size_bytes), own: bytesText(used_bytes) };
  return (
    <Card title={t('system.about')}>
      <Facts
        rows={[
          [t('system.version'), system.version],
          [t('system.licence'), system.licence],
          ['Node.js', system.node],
          [t('system.started'), momentText(system.started_ms)],
          [t('system.memory'), t('system.memory-words', memory)],
        ]}
      />
    </Card>
  );
}

function Time({ time }: { time: SystemAnswer['time'] }) {
  const { service } = time;
  return (
    <Card title={t('system.time')}>
      <Facts
        rows={[
          [t('system.clock'), exactMomentText(time.now_ms)],
          [t('system.zone'), time.zone],
          [t('system.time-service'), service ? <TimeService service={service} /> : t('system.no-time-service')],
          ...(service?.offset_ms ? [[t('system.offset'), spanText(Math.abs(service.offset_ms))] as const] : []),
        ]}
      />
      <WhereChanged />
    </Card>
  );
}

function WhereChanged() {
  if (!state.value?.machine) return <p class="hint">{t('system.by-the-system')}</p>;
  return (
    <p class="hint">
      <a href="/system/appliance">{t('system.by-the-box')}</a>
    </p>
  );
}

function TimeService({ service }: { service: NonNullable<SystemAnswer['time']['service']> }) {
  const { name, isSynchronised } = service;
  const words = t(isSynchronised ? 'system.synchronised' : 'system.not-synchronised');
  return (
    <>
      {name} <Badge tone={isSynchronised ? 'ok' : 'warn'}>{words}</Badge>
    </>
  );
}

function Network({ system }: { system: SystemAnswer }) {
  const { network, doors } = system;
  const none = t('system.none');
  return (
    <Card title={t('system.network')}>
      <Facts
        rows={[
          [t('system.hostname'), network.hostname],
          ...network.interfaces.map(({ name, addresses }) => [name, <Lines lines={addresses} />] as const),
          [t('system.gateway'), network.gateway ?? none],
          [t('system.dns'), network.dns.length > 0 ? <Lines lines={network.dns} /> : none],
          [
            t('system.doors'),
            <Lines lines={doors.map(({ name, port }) => `${String(port)} – ${t(`system.door-${name}`)}`)} />,
          ],
        ]}
      />
      <WhereChanged />
    </Card>
  );
}

function Lines({ lines }: { lines: readonly string[] }) {
  return (
    <ul class="lines">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

function Storage({ storage }: { storage: SystemAnswer['storage'] }) {
  const { size_bytes, free_bytes, refuse_below_bytes, spool, done_days, quarantine_days } = storage;
  const size = bytesText(spool.size_bytes);
  const counted = t('system.spool-words', { size, files: spool.files });
  const retention =
    done_days !== null && quarantine_days !== null
      ? t('system.retention-words', { done: done_days, quarantine: quarantine_days })
      : t('system.none');
  return (
    <Card title={t('system.storage')}>
      <Progress label={t('system.disk-used')} value={size_bytes - free_bytes} max={size_bytes} />
      <Facts
        rows={[
          [t('system.disk'), t('system.disk-words', { free: bytesText(free_bytes), all: bytesText(size_bytes) })],
          ...(refuse_below_bytes === null ? [] : [[t('system.reserve'), bytesText(refuse_below_bytes)] as const]),
          [t('system.spool'), spool.whole ? counted : t('system.spool-least', { size })],
          [t('system.database'), bytesText(storage.database_bytes)],
          [t('system.retention'), retention],
        ]}
      />
    </Card>
  );
}

function Update({ system }: { system: SystemAnswer }) {
  const { update, version } = system;
  if (!update.appliance)
    return (
      <Card title={t('system.update')}>
        <p>{update.source ?? t('system.no-update-source', { version })}</p>
      </Card>
    );
  return (
    <Card title={t('system.update')}>
      <Facts
        rows={[
          [t('firmware.channel'), update.source ?? t('firmware.channel-none')],
          ...(update.phase === null ? [] : [[t('firmware.state'), t(`firmware.phase-${update.phase}`)] as const]),
          ...(update.next === null ? [] : [[t('firmware.offer'), update.next] as const]),
        ]}
      />
      <div class="actions end">
        <LinkButton href="/system/firmware">{t('firmware.title')}</LinkButton>
      </div>
    </Card>
  );
}

function Restart() {
  const restart = async () => {
    const now = await api.get<UnderWayAnswer>('/api/system/under-way');
    const title = t('system.restart-now');
    if ((await ask({ title, text: <BeforeRestart now={now} />, confirm: title })) === null) return;
    await api.post('/api/system/restart');
    awaitRestart();
  };
  return (
    <Card title={t('system.restart')}>
      <p>{t('system.restart-lead')}</p>
      <div class="actions end">
        <Button onClick={restart} icon="refresh">
          {t('system.restart-now')}
        </Button>
      </div>
    </Card>
  );
}

function BeforeRestart({ now }: { now: UnderWayAnswer }) {
  return (
    <>
      <UnderWay now={now} />
      <p>{t('system.restart-lead')}</p>
    </>
  );
}

function Support() {
  return (
    <Card title={t('system.support')}>
      <p>{t('system.support-lead')}</p>
      <div class="actions end">
        <LinkButton href="/api/support" download icon="download">
          {t('system.support-make')}
        </LinkButton>
      </div>
    </Card>
  );
}
