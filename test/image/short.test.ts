import { lookAtFirst, withStage } from './scenarios/stage.ts';
import { updateScenarios } from './scenarios/update.ts';

// The end of `make test`, and `make test-image-short`: one box, one update, one fall-back. `make test-image` is the long form.

updateScenarios(withStage('short', { images: ['first', 'second', 'silent'], look: lookAtFirst }));
