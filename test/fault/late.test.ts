import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { rohrpost } from '../cli/rohrpost.ts';
import { checkInvariants } from './invariants.ts';
import { openWorld } from './world.ts';

test('F20: images that come when their study is at the partner already go as supplements, and are seen as such', async () => {
  const world = await openWorld(mkdtempSync(join(tmpdir(), 'rp-late-')));
  onTestFinished(() => world.stop());
  const [site] = world.sites;
  const images = await world.study(6);
  for (const some of [images.slice(0, 3), images.slice(3, 5), images.slice(5)]) {
    await world.send(some);
    await world.drain();
  }
  expect(await checkInvariants(world)).toMatchObject({ breaches: [], lost: 0, twice: 0, wrong: 0, repeated: 0 });
  const { id, sent } = site.look((store) => {
    const { id } = store.overview.studies({ limit: 1 })[0]!;
    const sent = store.consignments
      .ofStudy(id)
      .map((consignment) => [consignment.sequence, store.items.ofConsignment(consignment.id).length]);
    return { id, sent };
  });
  expect(sent.sort()).toEqual([
    [1, 3],
    [2, 2],
    [3, 1],
  ]);
  const { out } = await rohrpost(['study', 'show', id, '--data', site.folder]);
  expect(out).toContain('supplement 2 to');
  expect(out).toContain('supplement 3 to');
});
