import type { Box } from '../../box/box.ts';
import {
  group,
  id,
  integer,
  list,
  nullable,
  optional,
  pastedText,
  text,
  type ValueOf,
  yesNo,
} from '../../config/kinds.ts';
import { errorText, type Language } from '../../core/errors.ts';
import { uploadLimits } from '../../core/upload-limits.ts';
import { inside, type Premises } from '../premises.ts';
import type { Web } from '../route.ts';

const tags = ['send'];
const config = { right: 'operator' } as const;

const many = { maxItems: uploadLimits.files };
const count = (description: string) => integer(0, 1_000_000, { description });
/** What came from elsewhere, or may be empty. */
const words = (description: string) => text({ description, maxLength: 4_000, ...{ minLength: 0 } });
const bytes = (description: string) => integer(0, Number.MAX_SAFE_INTEGER, { description });
const studyUid = text({ description: 'Study Instance UID', maxLength: 64 });
const uploads = list(text({ description: 'Id of an upload', maxLength: 40 }), {
  ...{ description: 'Uploads that are whole', minItems: 1, ...many },
});

const lookAnswer = group(
  {
    pending: count('Uploads that are still being looked into; ask again where this is not 0'),
    studies: list(
      group(
        {
          study_uid: studyUid,
          patients: list(
            group(
              {
                name: words('Patient’s Name as in DICOM'),
                id: words('Patient ID'),
                birth_date: words('YYYYMMDD'),
                sex: words('F, M or O'),
                images: count('Files that name this patient'),
              },
              { description: 'A patient' },
            ),
            { description: 'More than one: the study will be held', ...many },
          ),
          study_date: words('YYYYMMDD'),
          study_time: words('HHMMSS'),
          description: words('Study Description'),
          accession_number: words('Accession Number'),
          modalities: list(words('Such as CT'), { description: 'Of its series', ...many }),
          series: count('Series'),
          images: count('Objects'),
          size_bytes: bytes('Of its files'),
          repeated: count('Files that were there twice'),
          contradictions: count('Objects with the UID of another that are not the same; they are set aside'),
          held: yesNo({ description: 'It will be held: two patients under one UID' }),
          id: nullable(words('Its id, where it was sent by hand before')),
        },
        { description: 'A study' },
      ),
      { description: 'What is in the files', ...many },
    ),
    documents: list(
      group(
        {
          key: words('By which it is chosen'),
          name: words('What its sender calls it'),
          folder: words('Where it stood there'),
          media_type: words('Such as application/pdf'),
          size_bytes: bytes('Its size'),
          of_medium: yesNo({ description: 'It came with a CD and its viewer' }),
        },
        { description: 'A document' },
      ),
      { description: 'PDFs and pictures', ...many },
    ),
    refused: list(
      group(
        {
          name: words('What its sender calls it'),
          folder: words('Where it stood there'),
          code: words('Error code'),
          message: words('Why it cannot be sent'),
        },
        { description: 'A file that cannot be sent' },
      ),
      { description: 'The first of them', ...many },
    ),
    refused_count: count('How many cannot be sent'),
    missing: count('Images that the directory of a CD names and none of the files is'),
  },
  { description: 'What is in the uploads' },
);
export type LookAnswer = ValueOf<typeof lookAnswer>;

const order = group(
  {
    uploads,
    partners: list(id({ description: 'Id of a partner' }), { description: 'To whom', minItems: 1, maxItems: 100 }),
    urgent: yesNo({ description: 'Goes before all that is not urgent', default: false }),
    studies: optional(list(studyUid, { description: 'Which studies of the files; without it, all', ...many })),
    documents: optional(
      list(text({ description: 'Key of a document' }), { description: 'Which documents; without it, all', ...many }),
    ),
    study: optional(
      text({
        description: 'Where the documents belong: Study Instance UID of one in the files, or id of one that is here',
      }),
    ),
    comment: optional(
      pastedText({ description: 'A note that goes along', maxLength: uploadLimits.comment_characters }),
    ),
  },
  { description: 'What goes to whom' },
);
export type SendOrder = ValueOf<typeof order>;

const sentAnswer = group(
  {
    studies: list(
      group(
        {
          id: text({ description: 'Id of the study' }),
          study_uid: studyUid,
          state: text({ description: 'Its state' }),
          code: nullable(text({ description: 'Why it is held' })),
          images: count('Objects that are new here'),
          known: count('Objects that were here already'),
          set_aside: count('Objects that contradict others and are not sent'),
          documents: count('Documents that went with it'),
          consignments: list(
            group(
              {
                id: text({ description: 'Id of the consignment' }),
                partner: text({ description: 'To whom' }),
                state: text({ description: 'Its state' }),
                code: nullable(text({ description: 'Why it is held' })),
                already: yesNo({ description: 'The partner had been sent all of it before' }),
              },
              { description: 'A consignment' },
            ),
            { description: 'One for each partner', ...many },
          ),
        },
        { description: 'A study' },
      ),
      { description: 'What is on its way', ...many },
    ),
  },
  { description: 'What was sent' },
);
export type SentAnswer = ValueOf<typeof sentAnswer>;

/** Sending by hand: what was uploaded is looked at, and then sent to the partners that a person chose. */
export function sendRoutes(web: Web, premises: Premises): void {
  web.post(
    '/api/send/look',
    {
      config,
      schema: {
        ...{ tags, summary: 'What is in uploads, before it goes' },
        ...{ body: group({ uploads }, { description: 'Which uploads' }), response: { 200: lookAnswer } },
      },
    },
    async (request) => {
      const look = await inside(premises).uploads.look(request.body.uploads, request.by);
      return lookIn(look, request.language);
    },
  );
  web.post(
    '/api/send',
    {
      config,
      schema: {
        ...{ tags, summary: 'Sends what is in uploads', body: order, response: { 200: sentAnswer } },
        description:
          'All or nothing. The uploads are gone then. Asked again with the very same order, it answers as before and sends nothing twice.',
      },
    },
    async (request) => {
      const { by } = request;
      const { sent, isNew } = await inside(premises).uploads.send(request.body, by);
      if (!isNew) return sent;
      premises.desk.transaction(() => {
        for (const { id: subject, images, documents, consignments } of sent.studies) {
          const partners = consignments.filter(({ already }) => !already).map(({ partner }) => partner);
          if (partners.length === 0) continue;
          const details = { partners: partners.join(' '), images, documents, urgent: request.body.urgent };
          premises.desk.audit.add({ by, act: 'study-send', subject, details, now_ms: premises.clock.now() });
        }
      });
      return sent;
    },
  );
}

type Look = Awaited<ReturnType<Box['uploads']['look']>>;

function lookIn(look: Look, language: Language): LookAnswer {
  return {
    ...look,
    refused: look.refused.map(({ name, folder, code, details }) => ({
      ...{ name, folder, code, message: errorText(code, language, details) },
    })),
  };
}
