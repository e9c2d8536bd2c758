import type { FirmwareAnswer } from '../../../firmware/answers.ts';
import { useLive } from '../../lib/live.ts';
import { may } from '../../lib/session.ts';
import { t } from '../../lib/texts.ts';
import { Failure } from '../../parts/failures.tsx';
import { Cards, Page } from '../../parts/layout.tsx';
import { Spinner } from '../../parts/words.tsx';
import { Failed, History } from './firmware/history.tsx';
import { Now } from './firmware/now.tsx';
import { Offer } from './firmware/offer.tsx';
import { Report } from './firmware/report.tsx';
import { Upload } from './firmware/upload.tsx';
import { Restarting } from './restarting.tsx';
import './system.css';

const EVERY_MS = 30_000;

export default function FirmwarePage() {
  const { value, error, reload } = useLive<FirmwareAnswer>('/api/firmware', ['house', 'settings'], {
    every_ms: EVERY_MS,
  });
  return (
    <Page title={t('firmware.title')} lead={t('firmware.lead')}>
      {error && value === undefined && <Failure error={error} onRetry={reload} />}
      {value === undefined && error === null && <Spinner />}
      {value !== undefined && (
        <div class="machine">
          <Cards>
            <Now firmware={value} reload={reload} />
            <Offer firmware={value} reload={reload} />
            {may('admin') && <Upload firmware={value} reload={reload} />}
            <Failed firmware={value} reload={reload} />
            <History firmware={value} />
            <Report firmware={value} reload={reload} />
          </Cards>
        </div>
      )}
      <Restarting />
    </Page>
  );
}
