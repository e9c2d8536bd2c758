import { expect, test } from 'vitest';
import { door, doorman } from '../../src/box/doors.ts';
import { RohrpostError } from '../../src/core/errors.ts';
import { lineLimits } from '../../src/core/limits.ts';
import { silentLog } from '../../src/core/log.ts';
import { manualClock } from '../support/clock.ts';
import { testSettings } from '../support/settings.ts';

function world() {
  const state = { port: 1 as number | null, password: 'old' as string | null };
  const told: string[] = [];
  const doors = [
    door(
      'mailbox',
      async () => {
        if (state.password === null) throw new RohrpostError('secret-unknown', { details: { name: 'imap' } });
        return state.port === null ? null : { port: state.port, password: state.password };
      },
      async ({ port, password }) => {
        if (port === 13) throw new RohrpostError('transport-listen-failed');
        told.push(`open ${port} ${password}`);
        return { port, stop: async () => void told.push(`stop ${port} ${password}`) };
      },
    ),
  ];
  const clock = manualClock();
  return { state, told, clock, start: () => doorman(doors, () => testSettings(), { clock, log: silentLog }) };
}

test('a door is opened anew when its settings or its password are others, and only then', async () => {
  const { state, told, start } = world();
  const doors = await start();
  doors.adjust();
  state.password = 'new';
  doors.adjust();
  await expect.poll(() => told).toEqual(['open 1 old', 'stop 1 old', 'open 1 new']);
  expect(doors.ports()).toEqual({ mailbox: 1 });
  state.port = null;
  doors.adjust();
  await doors.close();
  expect(told).toEqual(['open 1 old', 'stop 1 old', 'open 1 new', 'stop 1 new']);
});

test('one that cannot be opened ends the start; later it stays shut, is told, and opens with the next change', async () => {
  const { state, told, start } = world();
  state.port = 13;
  await expect(start()).rejects.toMatchObject({ code: 'transport-listen-failed' });
  state.port = 1;
  const doors = await start();
  state.password = null;
  doors.adjust();
  await expect.poll(() => told).toEqual(['open 1 old', 'stop 1 old']);
  await expect.poll(() => doors.shut().get('mailbox')).toMatchObject({ code: 'secret-unknown' });
  state.password = 'found';
  doors.adjust();
  await expect.poll(() => told.at(-1)).toBe('open 1 found');
  await expect.poll(() => doors.shut().size).toBe(0);
  await doors.close();
});

test('one that stays shut is tried again by itself', async () => {
  const { state, told, clock, start } = world();
  const doors = await start();
  state.port = 13;
  doors.adjust();
  await expect.poll(() => doors.shut().get('mailbox')).toMatchObject({ code: 'transport-listen-failed' });
  expect(doors.ports()).toEqual({});
  state.port = 2;
  clock.advance(lineLimits.door_again_ms - 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(told).toEqual(['open 1 old', 'stop 1 old']);
  clock.advance(1);
  await expect.poll(() => told.at(-1)).toBe('open 2 old');
  await expect.poll(() => doors.shut().size).toBe(0);
  await doors.close();
});

test('a mailbox whose password is missing at the start does not keep the box from starting; it opens once it is there', async () => {
  const told: string[] = [];
  let password: string | null = null;
  const mailbox = door(
    'imap',
    () => {
      if (password === null) throw new RohrpostError('secret-unknown', { details: { name: 'imap' } });
      return { password };
    },
    async (at) => {
      told.push(`open ${at.password}`);
      return { stop: async () => {} };
    },
    true,
  );
  const doors = await doorman([mailbox], () => testSettings(), { clock: manualClock(), log: silentLog });
  expect(told).toEqual([]);
  password = 'there';
  doors.adjust();
  await expect.poll(() => told).toEqual(['open there']);
  await doors.close();
});
