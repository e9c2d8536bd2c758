import { describe } from 'vitest';
import { cutScenarios } from '../scenarios/cuts.ts';
import { refusalScenarios } from '../scenarios/refusals.ts';
import { lookAtFirst, withStage } from '../scenarios/stage.ts';
import { updateScenarios } from '../scenarios/update.ts';

// `make test-image`: the life of one box, from its first start to the last of twenty power cuts.

const stage = withStage('box', { images: ['first', 'second', 'silent'], look: lookAtFirst });

describe('updated', () => updateScenarios(stage));
describe('offered what it must not take', () => refusalScenarios(stage));
describe('without power', () => cutScenarios(stage));
