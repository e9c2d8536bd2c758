import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeOverlay } from './machine/disks.ts';
import { setUp, waitForPage } from './world/box.ts';
import { startWorld, type World } from './world/world.ts';
