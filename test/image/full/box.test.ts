import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { accidentScenarios } from '../scenarios/accidents.ts';
import { cutScenarios } from '../scenarios/cuts.ts';
import { identityScenarios } from '../scenarios/identity.ts';
import { refusalScenarios } from '../scenarios/refusals.ts';
import { securityScenarios } from '../scenarios/security.ts';
import { expectDelivered, openStage, type Stage } from '../scenarios/stage.ts';
import { updateScenarios } from '../scenarios/update.ts';
import { bootTimes } from '../world/box.ts';

// `make test-image`. `vitest run --config test/image/vitest.config.ts -t 'power cuts'` plays some of it.

let stage: Stage;

beforeAll(async () => {
  stage = await openStage('make test-image', async (box, world) => {
    const { say } = world.transcript;
    say(`claimed and set up; ${await bootTimes(box)}`);
    expect(await world.modality.echo(box.machine.port(11_112))).toBe(true);
    say('C-ECHO answers');
    await expectDelivered(world, await world.modality.scan(10), box);
    say('a study from DCMTK went out by mail and arrived at the partner');
  });
});

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await stage?.world.clearUp();
});

/** Every box is off. Whatever was acknowledged by any of them is at the partner's, byte by byte, and once. */
afterAll(async () => {
  if (!stage) return;
  try {
    const acknowledged = stage.world.modality.acknowledged();
    expect(await stage.world.clinic.arrived()).toEqual(acknowledged);
    stage.world.transcript.say(`acknowledged and arrived: ${acknowledged.size} images, none missing, none twice`);
  } finally {
    await stage.world.stop();
  }
});

describe('a box', () => {
  describe('on the network', () => securityScenarios(() => stage));
  describe('updated', () => updateScenarios(() => stage));
  describe('offered what it must not take', () => refusalScenarios(() => stage));
  describe('without power', () => cutScenarios(() => stage));
  describe('after accidents', () => accidentScenarios(() => stage));
  describe('and its owner', () => identityScenarios(() => stage));
});
