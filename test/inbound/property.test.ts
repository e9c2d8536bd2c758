import { describe, expect, test } from 'vitest';
import { moves } from '../../src/line/states.ts';
import { seeded } from '../support/random.ts';
import { rawDatabase } from '../support/store.ts';
import { classic, type FakeMail, image, inbox, pdf } from './world.ts';

type Box = ReturnType<typeof inbox>;

/** States in which a row works: it needs an owner or a due time. */
const WORK: Record<string, string[]> = {
  mail: ['collected', 'fragment', 'opened'],
  inbound_set: ['waiting', 'ready'],
  delivery: ['due'],
  receipt: ['due'],
};
/** States in which a row waits for a person: it needs a reason. */
const REASON = ['held', 'quarantined', 'refused'];

/** I2: every row in exactly one known state, with an owner or a due time where it works and a reason where it waits. */
function checkStates(box: Box): void {
  const db = rawDatabase(box.folder);
  for (const [table, working] of Object.entries(WORK)) {
    for (const row of db.prepare(`SELECT * FROM ${table}`).all() as Record<string, unknown>[]) {
      const state = String(row.state);
      expect(Object.keys(moves[table as keyof typeof moves])).toContain(state);
      if (working.includes(state)) expect(row.due_ms ?? row.owner, `${table} ${state}`).not.toBeNull();
      if (REASON.includes(state)) expect(row.code, `${table} ${state}`).not.toBeNull();
    }
  }
}

/** I3: for each (partner, set, part) one accepted content, and it is that of one of the mails that were sent. */
function checkLedger(box: Box): void {
  const rows = rawDatabase(box.folder)
    .prepare(
      `SELECT partner_id, set_id, number, count(DISTINCT content_sha256) AS contents, count(*) AS parts
       FROM inbound_part JOIN inbound_set ON inbound_set.id = set_row GROUP BY partner_id, set_id, number`,
    )
    .all() as { contents: number; parts: number }[];
  for (const row of rows) expect(row).toMatchObject({ contents: 1, parts: 1 });
}

/** I6: whole or not at all (or as it arrives, where the profile says so); every instance once in the ledger of its target. */
function checkDeliveries(box: Box, asItArrives: ReadonlySet<string>): void {
  const db = rawDatabase(box.folder);
  const twice = db
    .prepare(
      `SELECT study.origin, study_uid_of, sop_uid, series_uid, target_id, count(*) AS n FROM
         (SELECT item.*, item.study_uid AS study_uid_of, delivery.target_id, delivery.study_id AS study FROM delivery
            JOIN item ON item.id = item_id WHERE delivery.state = 'delivered' AND item.kind = 'instance')
       JOIN study ON study.id = study GROUP BY 1, 2, 3, 4, 5 HAVING n > 1`,
    )
    .all();
  expect(twice).toEqual([]);
  const sets = db.prepare('SELECT * FROM inbound_set').all() as {
    id: string;
    partner_id: string;
    total: number;
    state: string;
  }[];
  for (const set of sets) {
    const parts = db.prepare('SELECT admitted FROM inbound_part WHERE set_row = ?').all(set.id) as {
      admitted: number;
    }[];
    const admitted = parts.filter((part) => part.admitted === 1).length;
    if (!asItArrives.has(set.partner_id)) expect([0, set.total], `${set.state}`).toContain(admitted);
    if (set.state === 'delivered') expect(admitted).toBe(set.total);
  }
}

/** What nobody contradicted must be in the PACS in the end, once by the ledger; what was contradicted must not be there. */
function checkOutcome(box: Box, honest: readonly FakeMail[]): void {
  const wanted = new Set(
    honest.flatMap((mail) => mail.contents!).map(({ sop, kind }) => (kind === 'instance' ? sop : '')),
  );
  const there = new Set(box.delivered.map((entry) => entry.split(' ')[1]));
  for (const sop of wanted) if (sop !== '') expect(there, 'nothing lost').toContain(sop);
}

describe('random legal and illegal events', () => {
  test.each(Array.from({ length: 12 }, (_, seed) => seed + 1))(
    'seed %i: I2, I3 and I6 hold, honest sets arrive',
    async (seed) => {
      const random = seeded(seed * 7_919);
      const partners = ['klinik', 'praxis', 'stroke'];
      const box = inbox({
        partners: partners.map((id) => ({ id, deliver: id === 'stroke' ? 'as_it_arrives' : 'whole' })),
      });
      const honest: FakeMail[] = [];
      const traffic: FakeMail[] = [];
      for (let s = 0; s < 5; s++) {
        const from = partners[s % 3]!;
        const study = `1.2.${s}`;
        const contents = Array.from({ length: 1 + random.below(5) }, (_, n) =>
          image(n, {
            study,
            series: `${study}.1`,
            sop: `${study}.1.${n}`,
            patient: `TEST-${s}`,
            bytes: `${seed} ${s} ${n}`,
          }),
        );
        const mails = classic(random.next() < 0.3 ? [...contents, pdf(`report ${s}`)] : contents, {
          from,
          setId: `set-${s % 2}-${s}`,
        });
        traffic.push(...mails);
        const evil = random.below(6);
        const victim = random.pick(mails);
        const renamed = { ...victim, messageId: `<evil-${s}@${from}.example>` };
        if (evil === 0)
          traffic.push({
            ...renamed,
            contents: [image(0, { study, series: `${study}.1`, bytes: 'other', patient: `TEST-${s}` })],
          });
        else if (evil === 1) traffic.push({ ...renamed, set: { ...victim.set!, total: victim.set!.total + 1 } });
        else if (evil === 2) traffic.push({ ...renamed, damaged: 'pgp-truncated' });
        else if (evil === 3) traffic.push({ ...renamed, from: 'stranger' });
        // A repeat under another name is no contradiction: its set is as honest as the others.
        else traffic.push(renamed, victim);
        if (evil > 1) honest.push(...mails);
      }
      const left = [...traffic];
      while (left.length > 0) {
        const [mail] = left.splice(random.below(left.length), 1);
        await box.arrive(mail!);
        if (random.next() < 0.15) await box.arrive(mail!);
        box.state.pacs = () =>
          random.next() < 0.2
            ? { kind: 'refused', status: 0xa700 }
            : random.next() < 0.1
              ? { kind: 'unknown' }
              : { kind: 'accepted' };
        const step = random.next();
        if (step < 0.3) await box.pass(random.below(60_000));
        else if (step < 0.4) await box.kill();
        else if (step < 0.5) box.clock.setWall(box.clock.now() + (random.next() < 0.5 ? 3_600_000 : -3_600_000));
        checkStates(box);
        checkLedger(box);
        checkDeliveries(box, new Set(['stroke']));
      }
      box.state.pacs = () => ({ kind: 'accepted' });
      for (let n = 0; n < 4; n++) await box.pass(16 * 60_000);
      checkStates(box);
      checkLedger(box);
      checkDeliveries(box, new Set(['stroke']));
      checkOutcome(box, honest);
      const db = rawDatabase(box.folder);
      const owed = db.prepare(`SELECT count(*) FROM receipt WHERE state = 'due'`).pluck().get();
      expect(owed, 'everything that is owed was sent').toBe(0);
      const names = box.answered.map(({ original }) => original);
      for (const mail of honest) {
        const repeats = traffic.filter(
          (other) => other.set?.setId === mail.set!.setId && other.set.part === mail.set!.part,
        );
        expect(
          names.some((name) => repeats.some(({ messageId }) => messageId === name)),
          'every honest part is answered',
        ).toBe(true);
      }
    },
  );
});
