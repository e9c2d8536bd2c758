import { useState } from 'preact/hooks';
import type { ApplianceAnswer } from '../../../../appliance/answers.ts';
import { useAction } from '../../../lib/action.ts';
import { api } from '../../../lib/api.ts';
import { problemAt } from '../../../lib/problems.ts';
import { may } from '../../../lib/session.ts';
import { tell } from '../../../lib/tell.ts';
import { t } from '../../../lib/texts.ts';
import { Button } from '../../../parts/button.tsx';
import { TextField } from '../../../parts/fields.tsx';
import { Card, Facts } from '../../../parts/layout.tsx';
import { FormProblems } from '../../../parts/problems.tsx';
import { Badge } from '../../../parts/words.tsx';
import { listOf, listText } from './words.ts';

interface Changing {
  reload: () => Promise<void>;
}

/** What the box calls itself in the network. */
export function Hostname({ hostname, reload }: Changing & { hostname: string }) {
  const [name, setName] = useState(hostname);
  const save = useAction(async () => {
    await api.put('/api/appliance/hostname', { name: name.trim() });
    tell('ok', t('appliance.saved'));
    await reload();
  });
  return (
    <Card title={t('appliance.hostname')}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        <FormProblems error={save.error} />
        <TextField
          label={t('appliance.hostname')}
          description={t('appliance.hostname-hint')}
          value={name}
          onChange={setName}
          at={['name']}
          problem={problemAt(save.error?.problems, 'name')}
          mono
          required
        />
        <div class="actions end">
          <Button type="submit" busy={save.busy}>
            {t('appliance.save')}
          </Button>
        </div>
      </form>
    </Card>
  );
}

interface TimeProps extends Changing {
  time: NonNullable<ApplianceAnswer['machine']>['time'];
  trusted: boolean;
}

/** Whether the clock can be trusted, and who sets it. */
export function TimeServers({ time, trusted, reload }: TimeProps) {
  const [servers, setServers] = useState(listText(time.servers));
  const save = useAction(async () => {
    await api.put('/api/appliance/time-servers', { servers: listOf(servers) });
    tell('ok', t('appliance.saved'));
    await reload();
  });
  const wrong = save.error?.problems.find(({ path }) => path[0] === 'servers');
  return (
    <Card title={t('appliance.time')}>
      <Facts
        rows={[
          [
            t('appliance.clock'),
            <Badge tone={trusted ? 'ok' : 'warn'}>
              {t(trusted ? 'appliance.clock-trusted' : 'appliance.clock-doubtful')}
            </Badge>,
          ],
          [t('appliance.time-server'), time.server ?? t('appliance.none')],
        ]}
      />
      {may('admin') && (
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void save.run();
          }}
        >
          <FormProblems error={save.error} />
          <TextField
            label={t('appliance.time-servers')}
            description={t('appliance.time-servers-hint')}
            value={servers}
            onChange={setServers}
            at={wrong?.path ?? ['servers']}
            problem={wrong?.message}
            mono
          />
          <div class="actions end">
            <Button type="submit" busy={save.busy}>
              {t('appliance.save')}
            </Button>
          </div>
        </form>
      )}
    </Card>
  );
}
