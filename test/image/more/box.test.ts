import { describe } from 'vitest';
import { accidentScenarios } from '../scenarios/accidents.ts';
import { firstBootScenarios } from '../scenarios/cuts.ts';
import { identityScenarios } from '../scenarios/identity.ts';
import { securityScenarios } from '../scenarios/security.ts';
import { withStage } from '../scenarios/stage.ts';
import { hangScenarios } from '../scenarios/update.ts';

// `make test-image-more`: what the network sees, and what can happen to disks, firmware and owners. Each scenario has a box of its
// own. `vitest run --config test/image/vitest.config.ts --project more -t 'a stick'` plays some of it.

const stage = withStage('more', { images: ['first', 'second', 'panics', 'hangs', 'release'], copies: true });

describe('on the network', () => securityScenarios(stage));
describe('a firmware', () => hangScenarios(stage));
describe('after accidents', () => accidentScenarios(stage));
describe('without power', () => firstBootScenarios(stage));
describe('and its owner', () => identityScenarios(stage));
