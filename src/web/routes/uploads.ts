import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Box } from '../../box/box.ts';
import { group, integer, text, type ValueOf } from '../../config/kinds.ts';
import { RohrpostError } from '../../core/errors.ts';
import { uploadLimits } from '../../core/upload-limits.ts';
import { displayName } from '../../mail/names.ts';
import { done } from '../people/answers.ts';
import { inside, type Premises } from '../premises.ts';
import type { Web } from '../route.ts';

const tags = ['send'];
const config = {
  right: 'operator',
  ownBody: true,
  rateLimit: { max: uploadLimits.requests_per_minute, timeWindow: 60_000 },
} as const;

const TUS_VERSION = '1.0.0';
const TUS_HEADERS = {
  'tus-version': TUS_VERSION,
  'tus-extension': 'creation,creation-with-upload,termination,expiration',
  'tus-max-size': String(uploadLimits.file_bytes),
};
const BYTES_TYPE = 'application/offset+octet-stream';

const idParam = group({ id: text({ description: 'Of the upload', maxLength: 40 }) }, { description: 'Which one' });
const uploadAnswer = group(
  {
    id: text({ description: 'Its id, for /api/send' }),
    name: text({ description: 'What its sender calls it', maxLength: 200 }),
    folder: text({
      description: 'Where it stood there',
      maxLength: uploadLimits.folder_characters,
      ...{ minLength: 0 },
    }),
    length_bytes: integer(0, uploadLimits.file_bytes, { description: 'Its size' }),
    offset_bytes: integer(0, uploadLimits.file_bytes, { description: 'So much of it is here' }),
  },
  { description: 'An upload' },
);
export type UploadAnswer = ValueOf<typeof uploadAnswer>;

/**
 * Resumable uploads by tus 1.0.0 (tus.io/protocols/resumable-upload), core with the extensions creation,
 * creation-with-upload, termination and expiration: any tus client works.
 */
export function uploadRoutes(web: Web, premises: Premises): void {
  web.register(async (plain) => {
    const scope = plain as unknown as Web;
    scope.addContentTypeParser(BYTES_TYPE, (_request, payload, ready) => ready(null, payload));
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('tus-resumable', TUS_VERSION);
      if (request.method !== 'OPTIONS' && request.method !== 'GET') refuseOtherVersion(request, reply);
    });
    createRoute(scope, premises);
    pieceRoutes(scope, premises);
    scope.options(
      '/api/uploads',
      { config, schema: { tags, summary: 'What of tus the box speaks', response: done } },
      async (_, reply) => reply.headers(TUS_HEADERS).code(204).send(null),
    );
  });
}

function createRoute(web: Web, premises: Premises): void {
  web.post(
    '/api/uploads',
    {
      config,
      schema: {
        tags,
        summary: 'Begins an upload',
        description: `Upload-Length is its size in bytes; Upload-Metadata may have filename and folder. The body, of type ${BYTES_TYPE}, may bring the first bytes, or all. 201 with Location.`,
        consumes: [BYTES_TYPE],
        response: { 201: uploadAnswer },
      },
    },
    async (request, reply) => {
      const { uploads } = inside(premises);
      const { by, headers } = request;
      const length_bytes = wholeNumber(request, 'upload-length');
      const source = request.body as Readable | undefined;
      const upload = await sparing(request, reply, async () => {
        const begun = await uploads.begin({ by, length_bytes, ...metadataOf(headers['upload-metadata']) });
        // Said whatever becomes of the body: it can come again by PATCH.
        reply.header('location', `/api/uploads/${begun.id}`);
        return source ? uploads.append(begun.id, by, { offset_bytes: 0, source }) : begun;
      });
      return shown(reply.code(201), premises, upload);
    },
  );
}

function pieceRoutes(web: Web, premises: Premises): void {
  const path = '/api/uploads/:id';
  web.get(
    path,
    { config, schema: { tags, summary: 'How far an upload is', params: idParam, response: { 200: uploadAnswer } } },
    async (request, reply) => {
      const upload = await inside(premises).uploads.find(request.params.id, request.by);
      return shown(reply.header('cache-control', 'no-store'), premises, upload);
    },
  );
  web.patch(
    path,
    {
      config,
      schema: {
        tags,
        summary: 'Goes on with an upload',
        description: 'Upload-Offset says where; 409 where that is not where it stands. Breaking off loses nothing.',
        consumes: [BYTES_TYPE],
        params: idParam,
        response: done,
      },
    },
    async (request, reply) => {
      const { uploads } = inside(premises);
      const offset_bytes = wholeNumber(request, 'upload-offset');
      const source = request.body as Readable | undefined;
      if (!source) throw new RohrpostError('request-type');
      const upload = await sparing(request, reply, () =>
        uploads.append(request.params.id, request.by, { offset_bytes, source }),
      );
      shown(reply, premises, upload);
      return reply.code(204).send(null);
    },
  );
  web.delete(
    path,
    { config, schema: { tags, summary: 'Gives an upload up', params: idParam, response: done } },
    async (request, reply) => {
      await inside(premises).uploads.remove(request.params.id, request.by);
      return reply.code(204).send(null);
    },
  );
}

/** Where a large body is refused, the line is cut behind the answer: nobody waits for gigabytes that are for nothing. */
async function sparing<T>(request: FastifyRequest, reply: FastifyReply, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const length = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
    if (request.body && length > uploadLimits.drain_bytes) reply.header('connection', 'close');
    throw error;
  }
}

type Upload = Awaited<ReturnType<Box['uploads']['find']>>;

function shown(reply: FastifyReply, { clock }: Premises, upload: Upload): UploadAnswer {
  const { id, name, folder, length_bytes, offset_bytes } = upload;
  reply.headers({
    'upload-offset': String(offset_bytes),
    'upload-length': String(length_bytes),
    'upload-metadata': `filename ${base64(name)}${folder === '' ? '' : `,folder ${base64(folder)}`}`,
    'upload-expires': new Date(clock.now() + uploadLimits.age_ms).toUTCString(),
  });
  return { id, name, folder, length_bytes, offset_bytes };
}

const base64 = (words: string) => Buffer.from(words).toString('base64');

function refuseOtherVersion(request: FastifyRequest, reply: FastifyReply): void {
  if (request.headers['tus-resumable'] === TUS_VERSION) return;
  reply.header('tus-version', TUS_VERSION);
  throw new RohrpostError('upload-version');
}

function wholeNumber(request: FastifyRequest, name: 'upload-length' | 'upload-offset'): number {
  const value = String(request.headers[name] ?? '');
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new RohrpostError('upload-protocol', { details: { what: name } });
}

/** Names by which clients tell of a file: pairs of a key and a value in base64. They are shown, and nothing else. */
function metadataOf(header: string | string[] | undefined): { name: string; folder: string } {
  const pairs = String(header ?? '')
    .split(',')
    .map((pair) => pair.trim().split(' '));
  const values = new Map(pairs.map(([key, value = '']) => [key, Buffer.from(value, 'base64').toString('utf8')]));
  const steps = (values.get('folder') ?? '').split(/[\\/]/).flatMap((step) => displayName(step) ?? []);
  return {
    name: displayName(values.get('filename') ?? '') ?? '?',
    folder: steps.join('/').slice(0, uploadLimits.folder_characters),
  };
}
