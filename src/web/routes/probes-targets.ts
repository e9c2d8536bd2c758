import type { FastifyRequest } from 'fastify';
import { entryOf } from '../../config/entries.ts';
import { group, id } from '../../config/kinds.ts';
import type { DicomTarget } from '../../config/schema.ts';
import { healthLimits } from '../../core/limits.ts';
import type { Check } from '../../health/check.ts';
import { storeTestImage } from '../../health/pacs.ts';
import { targetCheck } from '../../health/targets.ts';
import type { Premises } from '../premises.ts';
import { expectSmallFiles } from '../probes/files.ts';
import { keptSecrets } from '../probes/kept.ts';
import { findingAnswer, folderDraft, pacsDraft, shareDraft } from '../probes/shapes.ts';
import { type Probe, placeOf } from '../probes/turns.ts';
import type { Web } from '../route.ts';
import { settingsOf } from '../settings/open.ts';

const config = { right: 'operator' } as const;
const tags = ['tests'];
const byId = group({ id: id({ description: 'Id of the target' }) }, { description: 'Which one' });

/** Tests of targets, as they are saved or as somebody is about to save them. */
export function targetProbes(web: Web, premises: Premises, probe: Probe): void {
  const { folder, clock, secrets } = premises;
  const pacs = async (request: FastifyRequest<{ Body: Omit<DicomTarget, 'id' | 'kind' | 'default'> }>) => {
    const target = { id: 'pacs', kind: 'dicom', default: true, ...request.body } as DicomTarget;
    await expectSmallFiles(folder, target);
    const settings = await settingsOf(premises);
    return { target, parts: { folder, clock, secrets, settings, language: request.language } };
  };

  web.post(
    '/api/probes/echo',
    {
      config,
      schema: {
        ...{ tags, summary: 'Asks a PACS whether it is there (C-ECHO)' },
        ...{ body: pacsDraft, response: { 200: findingAnswer } },
      },
    },
    async (request) => {
      const { target, parts } = await pacs(request);
      return probe(request, { kind: 'echo', ...placeOf(target) }, targetCheck(parts, target));
    },
  );
  web.post(
    '/api/probes/store',
    {
      config,
      schema: {
        tags,
        summary: 'Stores a small test image in a PACS (C-STORE)',
        description: 'The image is of nobody and says so; it stays in the PACS until somebody deletes it there.',
        body: pacsDraft,
        response: { 200: findingAnswer },
      },
    },
    async (request) => {
      const { target, parts } = await pacs(request);
      const run: Check['run'] = (signal) => storeTestImage(parts, target, signal);
      const deadline_ms = healthLimits.store_ms + healthLimits.grace_ms;
      return probe(request, { kind: 'store', ...placeOf(target) }, { name: 'C-STORE', deadline_ms, run });
    },
  );
  web.post(
    '/api/probes/share',
    {
      config,
      schema: {
        ...{ tags, summary: 'Writes a file to a shared folder, reads it back, removes it' },
        ...{ body: shareDraft, response: { 200: findingAnswer } },
      },
    },
    async (request) => {
      const { share, password } = request.body;
      const settings = await settingsOf(premises);
      const parts = { folder, settings, secrets: keptSecrets(secrets, settings, share, password) };
      const check = targetCheck({ ...parts, language: request.language }, share);
      return probe(request, { kind: 'share', ...placeOf(share) }, check);
    },
  );
  web.post(
    '/api/probes/folder',
    {
      config: { right: 'admin' },
      schema: {
        ...{ tags, summary: 'Writes a file to a folder of this machine, reads it back, removes it' },
        ...{ body: folderDraft, response: { 200: findingAnswer } },
      },
    },
    async (request) => {
      const parts = { folder, settings: await settingsOf(premises), secrets, language: request.language };
      return probe(request, { kind: 'folder' }, targetCheck(parts, request.body.folder));
    },
  );
  web.post(
    '/api/probes/target/:id',
    {
      config,
      schema: { tags, summary: 'Tests a target as it is saved', params: byId, response: { 200: findingAnswer } },
    },
    async (request) => {
      const settings = await settingsOf(premises);
      const target = entryOf(settings.targets, request.params.id);
      const parts = { folder, settings, secrets, language: request.language };
      const place = target.kind === 'folder' ? {} : placeOf(target);
      return probe(request, { kind: 'target', ...place }, targetCheck(parts, target));
    },
  );
}
