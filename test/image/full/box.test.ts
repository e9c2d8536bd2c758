import { describe, expect } from 'vitest';
import { accidentScenarios } from '../scenarios/accidents.ts';
import { identityScenarios } from '../scenarios/identity.ts';
import { refusalScenarios } from '../scenarios/refusals.ts';
import { securityScenarios } from '../scenarios/security.ts';
import { expectDelivered, withStage } from '../scenarios/stage.ts';
import { updateScenarios } from '../scenarios/update.ts';
import { bootTimes } from '../world/box.ts';

// `make test-image`. `vitest run --config test/image/vitest.config.ts --project full -t 'a stick'` plays some of it.

const stage = withStage('box', async (box, world) => {
  const { say } = world.transcript;
  say(`claimed and set up; ${await bootTimes(box)}`);
  expect(await world.modality.echo(box.machine.port(11_112))).toBe(true);
  say('C-ECHO answers');
  await expectDelivered(world, await world.modality.scan(10), box);
  say('a study from DCMTK went out by mail and arrived at the partner');
});

describe('on the network', () => securityScenarios(stage));
describe('updated', () => updateScenarios(stage));
describe('offered what it must not take', () => refusalScenarios(stage));
describe('after accidents', () => accidentScenarios(stage));
describe('and its owner', () => identityScenarios(stage));
