import { expect, onTestFinished, test } from 'vitest';
import { auditTurnedAway } from '../../src/box/turned-away.ts';
import { silentLog } from '../../src/core/log.ts';
import type { AuditTable } from '../../src/store/desk/audit.ts';
import { openDesk } from '../../src/store/desk.ts';
import { associateRequest, CT_CONTEXT, RawPeer } from '../dicom/raw-peer.ts';
import { recordingLog } from '../dicom/receiver.ts';
import { manualClock } from '../support/clock.ts';
import { freePort } from '../support/ports.ts';
import { temporaryFolder } from '../support/store.ts';
import { openWeb } from '../support/web.ts';

const DAY_MS = 24 * 3_600_000;
const ct = { id: '1', callingAe: 'CT1', calledAe: 'NOBODY', address: '10.1.2.3', tls: false };

function audit() {
  const desk = openDesk(temporaryFolder());
  onTestFinished(() => desk.close());
  return desk.audit;
}

test('F17: each caller once a day, with its reason; another reason or address is another caller', () => {
  const clock = manualClock();
  const table = audit();
  const tell = auditTurnedAway({ audit: table, clock, log: silentLog });
  for (let n = 0; n < 3; n++) tell(ct, 'called-ae-unknown');
  tell(ct, 'calling-ae-unknown');
  tell({ ...ct, address: '10.1.2.4' }, 'called-ae-unknown');
  expect(table.list({ limit: 10 }).map(({ details }) => details)).toEqual([
    { reason: 'called-ae-unknown', called: 'NOBODY', address: '10.1.2.4' },
    { reason: 'calling-ae-unknown', called: 'NOBODY', address: '10.1.2.3' },
    { reason: 'called-ae-unknown', called: 'NOBODY', address: '10.1.2.3' },
  ]);
  clock.advance(DAY_MS);
  tell(ct, 'called-ae-unknown');
  expect(table.list({ act: 'association-refused', limit: 10 })).toHaveLength(4);
  expect(table.verify()).toEqual({ rows: 4, brokenAt: null });
});

test('somebody who makes titles up does not fill the audit', () => {
  const clock = manualClock();
  const table = audit();
  const tell = auditTurnedAway({ audit: table, clock, log: silentLog });
  const flood = () => {
    for (let n = 0; n < 300; n++) tell({ ...ct, callingAe: `MADE${n}` }, 'calling-ae-unknown');
  };
  flood();
  flood();
  expect(table.last().id).toBe(100);
  clock.advance(DAY_MS);
  flood();
  expect(table.last().id).toBe(200);
});

test('an audit that cannot be written does not concern the caller', () => {
  const { log, lines } = recordingLog();
  const full: AuditTable = {
    ...audit(),
    add: () => {
      throw new Error('disk full');
    },
  };
  auditTurnedAway({ audit: full, clock: manualClock(), log })(ct, 'called-ae-unknown');
  expect(lines.join()).toContain('refusal not put into the audit');
});

test('F17: at the port of a whole box', async () => {
  const port = await freePort();
  const web = await openWeb({ settings: { dicom: { host: '127.0.0.1', port } } });
  onTestFinished(web.stop);
  const peer = await RawPeer.connect(port);
  peer.write(associateRequest([CT_CONTEXT], { calledAe: 'NIEMAND', callingAe: 'CT1' }));
  await peer.pdu();
  const { rows } = (await web.as('admin').get('/api/audit?act=association-refused')).body;
  expect(rows).toMatchObject([{ by: 'box', subject: 'CT1', details: { called: 'NIEMAND', address: '127.0.0.1' } }]);
});
