import { describe, expect } from 'vitest';
import { cutScenarios } from '../scenarios/cuts.ts';
import { refusalScenarios } from '../scenarios/refusals.ts';
import { expectDelivered, withStage } from '../scenarios/stage.ts';
import { updateScenarios } from '../scenarios/update.ts';
import { bootTimes } from '../world/box.ts';

// `make test-image`: the life of one box, from its first start to the last of twenty power cuts.

const stage = withStage('box', {
  images: ['first', 'second', 'silent'],
  look: async (box, world) => {
    const { say } = world.transcript;
    say(`claimed and set up; ${await bootTimes(box)}`);
    expect(await world.modality.echo(box.machine.port(11_112))).toBe(true);
    say('C-ECHO answers');
    await expectDelivered(world, await world.modality.scan(10), box);
    say('a study from DCMTK went out by mail and arrived at the partner');
  },
});

describe('updated', () => updateScenarios(stage));
describe('offered what it must not take', () => refusalScenarios(stage));
describe('without power', () => cutScenarios(stage));
