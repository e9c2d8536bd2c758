import { Readable } from 'node:stream';
import type { Look } from '../../backup/examine.ts';
import { makeBackup } from '../../backup/make.ts';
import { lookAtBackup } from '../../backup/stage.ts';
import { commitRestore } from '../../backup/swap.ts';
import { takeUpload, uploadPath } from '../../backup/uploads.ts';
import { group, id, integer, list, nullable, text, type ValueOf, yesNo } from '../../config/kinds.ts';
import { errorText, type Language, RohrpostError } from '../../core/errors.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';

const tags = ['backup'];
const config = { right: 'admin' } as const;

const passphrase = text({ description: 'The passphrase of the backup', maxLength: 1000 });
const uploadAnswer = group(
  {
    upload: id({ description: 'Names the file from now on' }),
    size_bytes: integer(0, Number.MAX_SAFE_INTEGER, { description: 'Its size' }),
  },
  { description: 'What was taken' },
);
const lookAnswer = group(
  {
    look: id({ description: 'Names what was looked at; to be handed to /api/restore' }),
    site: text({ description: 'Name of the site' }),
    address: text({ description: 'Its mail address' }),
    host: text({ description: 'Host name of the machine' }),
    program: text({ description: 'Version of the program that made it' }),
    made_ms: integer(0, Number.MAX_SAFE_INTEGER, { description: 'When it was made' }),
    partners: integer(0, 100_000, { description: 'Partners' }),
    targets: integer(0, 100_000, { description: 'Targets' }),
    passwords: integer(0, 100_000, { description: 'Passwords' }),
    fingerprint: nullable(text({ description: "OpenPGP fingerprint of the box's key" })),
    accounts: nullable(list(text({ description: 'A name' }), { description: 'Who can log in', maxItems: 100_000 })),
    certificate: yesNo({ description: "Holds the page's certificate" }),
    findings: list(
      group(
        {
          code: text({ description: 'Error code' }),
          message: text({ description: 'In words', maxLength: 2000 }),
          blocks: yesNo({ description: 'The backup cannot be restored like this' }),
        },
        { description: 'What is wrong, or will be otherwise than expected' },
      ),
      { description: 'What is wrong', maxItems: 10_000 },
    ),
  },
  { description: 'What is in a backup' },
);
export type LookAnswer = ValueOf<typeof lookAnswer>;
const restart = group({ restarting: yesNo({ description: 'The box starts anew' }) }, { description: 'Decided' });

/** Backup of the box into one file, and the way back. A box that is not set up yet can be restored too. */
export function backupRoutes(web: Web, premises: Premises): void {
  const { folder, desk, secrets, clock } = premises;
  /** One upload, look or restore at a time: each clears away what the one before left. */
  let isBusy = false;
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isBusy) throw new RohrpostError('restore-under-way');
    isBusy = true;
    try {
      return await work();
    } finally {
      isBusy = false;
    }
  };

  web.post(
    '/api/backup',
    {
      config,
      schema: {
        tags,
        summary: 'A backup, encrypted with a passphrase',
        description: 'Settings, passwords, keys, accounts and audit; no studies and no mails. `gpg -d` opens it.',
        produces: ['application/pgp-encrypted'],
        body: group({ passphrase }, { description: 'What protects it' }),
      },
    },
    async (request, reply) => {
      const backup = await makeBackup(folder, { ...{ secrets, desk, clock }, passphrase: request.body.passphrase });
      desk.audit.add({ by: request.by, act: 'backup', now_ms: clock.now() });
      const name = `rohrpost-${new Date(clock.now()).toISOString().slice(0, 10)}.pgp`;
      reply.header('content-disposition', `attachment; filename="${name}"`).type('application/pgp-encrypted');
      return reply.send(Readable.from(backup, { objectMode: false }));
    },
  );

  web.register(async (scope) => {
    scope.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
    scope.post(
      '/api/restore/upload',
      {
        config: { ...config, ownBody: true },
        schema: {
          tags,
          summary: 'Takes a backup file',
          consumes: ['application/octet-stream'],
          response: { 200: uploadAnswer },
        },
      },
      async (request) => {
        const source = request.body as AsyncIterable<Buffer>;
        const taken = await alone(() => takeUpload(folder, source));
        return { upload: taken.id, size_bytes: taken.size_bytes };
      },
    );
  });

  const upload = id({ description: 'From /api/restore/upload' });
  web.post(
    '/api/restore/look',
    {
      config,
      schema: {
        tags,
        summary: 'What is in a backup, and what is wrong with it',
        description: 'Touches nothing.',
        body: group({ upload, passphrase }, { description: 'Which file' }),
        response: { 200: lookAnswer },
      },
    },
    async (request) => {
      const { upload, passphrase } = request.body;
      const file = uploadPath(folder, upload);
      const { port } = premises.door();
      const look = await alone(() => lookAtBackup(folder, { file, passphrase, clock, port }));
      return answerOf(look, request.language);
    },
  );

  web.post(
    '/api/restore',
    {
      config,
      schema: {
        tags,
        summary: 'Restores what was looked at, and starts the box anew',
        description:
          'Replaces settings, passwords and keys; what was there before is kept in the folder before-restore until the next restore. The box must be the only one with this identity: the one that the backup was made of must stay switched off.',
        body: group(
          {
            look: id({ description: 'From /api/restore/look' }),
            accounts: yesNo({ description: 'Accounts and audit of the backup too; else those of this box stay' }),
            certificate: yesNo({ description: "The page's certificate of the backup too; else this box's stays" }),
          },
          { description: 'What is to be restored' },
        ),
        response: { 202: restart },
      },
    },
    async (request, reply) => {
      const { look, ...choice } = request.body;
      await alone(() => commitRestore(folder, look, { ...choice, by: request.by, clock }));
      // Until the new start: what comes in its last moments must not clear away what was decided on.
      isBusy = true;
      desk.audit.add({ by: request.by, act: 'restore-begin', details: choice, now_ms: clock.now() });
      premises.restart();
      return reply.code(202).send({ restarting: true });
    },
  );
}

function answerOf({ id, head, findings, ...look }: Look, language: Language): LookAnswer {
  return {
    ...{ look: id, ...head, ...look },
    accounts: look.accounts && [...look.accounts],
    findings: findings.map(({ code, details, blocks }) => ({
      code,
      message: errorText(code, language, details),
      blocks,
    })),
  };
}
