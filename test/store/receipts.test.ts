import { expect, test } from 'vitest';
import { START_MS } from '../support/clock.ts';
import { temporaryStore } from '../support/store.ts';

function owing() {
  const { store } = temporaryStore();
  const mailId = store.mails.add({
    ...{ source: 'smtp', mailboxKey: null, messageId: '<1@b.example>', sha256: 'a'.repeat(64), sizeBytes: 1 },
    ...{ path: 'spool/inbox/1.eml', due_ms: START_MS, now_ms: START_MS },
  });
  const owe = (disposition: 'displayed' | 'deleted/error') =>
    store.receipts.owe({
      ...{ partnerId: 'klinik', mailId, originalMessageId: '<1@b.example>', disposition, errorCode: null },
      ...{ messageId: (id: string) => `<${id}@a.example>`, due_ms: START_MS, now_ms: START_MS },
    });
  return { receipts: store.receipts, owe, row: () => store.receipts.answerTo('klinik', '<1@b.example>')! };
}

test('one answer for each mail; owed again, it is due again under a new Message-ID', () => {
  const { receipts, owe, row } = owing();
  owe('displayed');
  const first = row();
  receipts.move(first.id, { state: 'sent' }, START_MS);
  owe('displayed');
  expect(row()).toMatchObject({ id: first.id, state: 'due', attempts: 0 });
  expect(row().message_id).not.toBe(first.message_id);
});

test('an answer that changes while the old one is being sent: the outcome of the old does not mark the new as sent', () => {
  const { receipts, owe, row } = owing();
  owe('deleted/error');
  const claimed = receipts.claim('due', 'box', START_MS, [])!;
  owe('displayed');
  expect(receipts.finish(claimed.id, 'box', { state: 'sent' }, START_MS)).toBe(false);
  expect(row()).toMatchObject({ state: 'due', disposition: 'displayed', owner: null });
});

test('a held answer that is owed again carries no old reason along', () => {
  const { receipts, owe, row } = owing();
  owe('displayed');
  receipts.move(row().id, { state: 'held', code: 'send-no-way', reason: 'no way' }, START_MS);
  owe('displayed');
  expect(row()).toMatchObject({ state: 'due', code: null, reason: null });
});
