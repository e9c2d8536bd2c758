import { group, id, integer, list, nullable, oneOf, optional, text, type ValueOf, yesNo } from '../../config/kinds.ts';
import { searchLimits } from '../../core/limits.ts';
import { type Stage, stageTexts } from '../../line/state-texts.ts';

/** The shapes in which the API tells of studies; the page imports their types. */

export const stages = Object.keys(stageTexts) as Stage[];

const many = { maxItems: 1_000_000 };
const count = (description: string) => integer(0, Number.MAX_SAFE_INTEGER, { description });
const moment = (description: string) => count(`${description}, in ms since 1970`);
/** What came from elsewhere, or may be empty. */
const words = (description: string) => text({ description, maxLength: 4_000, ...{ minLength: 0 } });
const stage = oneOf(stages, { description: 'How far it is, in one word' });
const direction = oneOf(['out', 'in'], { description: 'Whether it goes out or came in' });
const act = oneOf(['release', 'retry', 'hold', 'discard'], { description: 'What can be done now' });
const acts = list(act, { description: 'What can be done to it as it is now: POST /api/rows/:id/…', ...many });

const peer = group(
  { id: text({ description: 'Id of a partner or target' }), name: words('Its name for people') },
  { description: 'A partner or target' },
);

/** What is looked for, but for the patient. */
export const filters = {
  from_ms: optional(moment('Its latest image came not before')),
  to_ms: optional(moment('Its latest image came not after')),
  partner: optional(id({ description: 'Goes to or came from this partner' })),
  direction: optional(direction),
  stages: optional(list(stage, { description: 'Is in one of these stages' })),
  after: optional(
    text({ description: 'Only what follows in the list: `next` of the answer before', maxLength: 60, ...CURSOR() }),
  ),
  limit: integer(1, searchLimits.page, { description: 'At most so many', default: searchLimits.usual }),
};

function CURSOR() {
  return { pattern: '^[0-9]{1,16}\\.[0-9a-z]{1,40}$', problem: 'request-cursor' };
}

/** Bodies alone name patients: addresses are kept by browsers, and logged by what stands between. */
export const searchBody = group(
  {
    ...filters,
    name: optional(
      text({
        description: 'Beginnings of words of the patient’s name, in any order; umlauts and capitals do not matter',
      }),
    ),
    patient_id: optional(text({ description: 'Beginning of the Patient ID', maxLength: 64 })),
    accession: optional(text({ description: 'Beginning of the Accession Number', maxLength: 64 })),
  },
  { description: 'What is looked for; all of it must fit' },
);
export type StudySearch = ValueOf<typeof searchBody>;

const lineFields = {
  id: text({ description: 'Its id here' }),
  direction,
  stage,
  peers: list(peer, { description: 'To whom it goes, or from whom it came', ...many }),
  origin: words('AE title that was called, or the partner that it came from'),
  patient: group(
    {
      name: words('As in the header (PN)'),
      id: words('Patient ID'),
      birth_date: words('YYYYMMDD'),
      sex: words('F, M or O'),
    },
    { description: 'The patient' },
  ),
  accession_number: words('Accession Number'),
  study_date: words('YYYYMMDD'),
  description: words('Study Description'),
  modality: words('Modalities, such as CT SR'),
  first_ms: moment('When its first image came'),
  last_ms: moment('When its latest image came'),
  items: count('Objects'),
  size_bytes: count('Bytes of its objects'),
  parts: count('Mails on the way out'),
  parts_sent: count('Mails that the mail server took'),
  parts_confirmed: count('Mails that the partner confirmed'),
  deliveries: count('Deliveries to targets'),
  deliveries_done: count('Deliveries done'),
  urgent: yesNo({ description: 'Goes before all that is not urgent' }),
  flags: list(words('A remark'), { description: 'What is remarkable about it', ...many }),
};

export const listAnswer = group(
  {
    studies: list(group(lineFields, { description: 'A study' }), { description: 'The latest first', ...many }),
    next: nullable(text({ description: 'Where there are more: `after` for the next question' })),
  },
  { description: 'Studies' },
);
export type StudyList = ValueOf<typeof listAnswer>;
export type StudyLine = StudyList['studies'][number];

const why = {
  code: nullable(words('Code of the error table')),
  words: nullable(words('Why, with the words of the peer')),
};

export const studyAnswer = group(
  {
    ...lineFields,
    study_uid: words('Study Instance UID'),
    study_time: words('HHMMSS'),
    calling_ae: words('AE title of the modality'),
    ...why,
    can: acts,
    can_send: yesNo({ description: 'Whether it can be sent to further partners' }),
    can_preview: yesNo({ description: 'Whether there is an image to be shown' }),
    consignments: list(
      group(
        {
          id: text({ description: 'Its id' }),
          partner: peer,
          state: words('Its state'),
          ...why,
          sequence: count('1 for the first of this study to this partner, 2… for what was sent later'),
          created_ms: moment('When it was made'),
          sent_ms: nullable(moment('When all its mails had been taken')),
          closed_ms: nullable(moment('When it was over')),
          items: count('Objects'),
          parts: count('Mails'),
          parts_sent: count('Mails that the mail server took'),
          parts_confirmed: count('Mails that the partner confirmed'),
          size_bytes: count('Bytes of its sealed mails'),
          attempts: count('How often it has failed since it last moved'),
          can: acts,
        },
        { description: 'What goes to one partner at one time' },
      ),
      { description: 'Consignments, the oldest first', ...many },
    ),
    sets: list(
      group(
        {
          id: text({ description: 'Its id' }),
          partner: peer,
          state: words('Its state'),
          ...why,
          first_ms: moment('When its first mail came'),
          last_ms: moment('When its latest mail came'),
          came: count('Mails that came'),
          total: count('Mails in all'),
          can: acts,
        },
        { description: 'What a partner sent at one time' },
      ),
      { description: 'Sets that brought something of it', ...many },
    ),
    targets: list(
      group(
        {
          target: peer,
          state: words('State of these deliveries'),
          count: count('How many'),
          moved_ms: moment('When the latest of them came to this'),
          ...why,
        },
        { description: 'Deliveries that went alike' },
      ),
      { description: 'Deliveries', ...many },
    ),
  },
  { description: 'A study' },
);
export type StudyDetails = ValueOf<typeof studyAnswer>;

export const timelineAnswer = group(
  {
    steps: list(
      group(
        {
          at_ms: moment('When it was reached'),
          from_ms: nullable(moment('When this stretch of the way began')),
          step: oneOf(
            [
              ...(['first-in', 'last-in', 'settled', 'consigned', 'packed', 'sealed', 'sent', 'confirmed'] as const),
              ...(['mails', 'opened', 'complete', 'delivered', 'answered', 'event', 'overcome', 'trying'] as const),
            ],
            { description: 'What was reached' },
          ),
          peer: nullable(peer),
          count: nullable(count('By how many')),
          of: nullable(count('Of how many')),
          size_bytes: nullable(count('Bytes')),
          entity: nullable(words('Kind of rows that something happened to')),
          id: nullable(words('One of them')),
          state: nullable(words('The state that they came to')),
          attempts: nullable(count('How often it had failed')),
          ...why,
        },
        { description: 'A step' },
      ),
      { description: 'In the order of time', ...many },
    ),
  },
  { description: 'The way of a study from its first image to the receipt' },
);
export type StudyTimeline = ValueOf<typeof timelineAnswer>;

export const sendOnBody = group(
  {
    partners: list(id({ description: 'Id of a partner' }), { description: 'To whom', minItems: 1, maxItems: 100 }),
    urgent: yesNo({ description: 'Goes before all that is not urgent', default: false }),
    again: yesNo({ description: 'Also to partners that were sent it before', default: false }),
  },
  { description: 'To which partners' },
);

export const sentOnAnswer = group(
  {
    consignments: list(
      group(
        { id: text({ description: 'Its id' }), partner: text({ description: 'To whom' }), state: words('Its state') },
        { description: 'A consignment' },
      ),
      { description: 'One for each partner' },
    ),
  },
  { description: 'What is on its way' },
);

const row = {
  id: text({ description: 'Its id' }),
  since_ms: moment('Since when'),
  size_bytes: count('Bytes'),
  ...why,
  can: acts,
};

export const quarantineAnswer = group(
  {
    mails: list(
      group(
        {
          ...row,
          partner: nullable(peer),
          signed: yesNo({ description: 'A signature of this partner was found good' }),
          received_ms: moment('When it came'),
        },
        { description: 'A mail' },
      ),
      { description: 'Mails that are not let in', ...many },
    ),
    sets: list(
      group(
        {
          ...row,
          partner: peer,
          state: words('quarantined or held'),
          came: count('Mails that came'),
          total: count('Mails in all'),
        },
        { description: 'A set' },
      ),
      { description: 'Sets that were not admitted, or have waited long for parts', ...many },
    ),
    conflicts: list(
      group(
        { ...row, study_id: text({ description: 'Its study' }), origin: words('Where it came from') },
        { description: 'An object with the UID of another and other content' },
      ),
      { description: 'Objects that contradict others', ...many },
    ),
    studies: list(
      group({ ...row, study: group(lineFields, { description: 'The study' }) }, { description: 'A study' }),
      {
        ...{ description: 'Studies that are held before they go anywhere', ...many },
      },
    ),
    more: yesNo({ description: 'There is more than is told here' }),
  },
  { description: 'What waits for a person before it goes on' },
);
export type QuarantineAnswer = ValueOf<typeof quarantineAnswer>;

export const actAnswer = group(
  {
    row: group(
      { entity: words('Its kind'), id: words('Its id'), state: words('The state that it was in') },
      { description: 'The row that was meant' },
    ),
    moved: list(
      group(
        { entity: words('Its kind'), id: words('Its id'), from: words('State before'), to: words('State now') },
        { description: 'A row' },
      ),
      { description: 'Every row that moved', ...many },
    ),
    at_work: count('Rows that the box was working on and that were passed over'),
  },
  { description: 'What it did' },
);
export type ActAnswer = ValueOf<typeof actAnswer>;
