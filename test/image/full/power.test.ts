import { cutScenarios } from '../scenarios/cuts.ts';
import { withStage } from '../scenarios/stage.ts';

// One half of `make test-image`: what takes as long as all the rest.

cutScenarios(withStage('power'));
