import { Type } from 'typebox';
import { aeTitle, group, id, integer, list, modality, oneOf, text, yesNo } from '../kinds.ts';

/** Attributes (PS3.6) that the box remembers of every study it sends. */
export const routingTags = [
  'StudyDescription',
  'BodyPartExamined',
  'InstitutionName',
  'InstitutionalDepartmentName',
  'StationName',
  'ReferringPhysicianName',
  'AccessionNumber',
  'PatientID',
] as const;

const quietSeconds = { description: 'A study counts as complete after this time without a new image' };
const capSeconds = { description: 'A study goes at the latest this long after its first image' };

export const settle = group(
  {
    quiet_s: integer(1, 86_400, { ...quietSeconds, default: 60 }),
    cap_s: integer(1, 604_800, { ...capSeconds, default: 1_800 }),
  },
  { description: 'When a study is complete enough to go, where its route says nothing', default: {} },
);

export const route = group(
  {
    id: id({ description: 'Short name of the rule' }),
    when: group(
      {
        called_ae: Type.Optional(aeTitle({ description: 'AE title that the modality called' })),
        calling_ae: Type.Optional(aeTitle({ description: 'AE title of the modality' })),
        modality: Type.Optional(modality({ description: 'Modality of the series, such as CT' })),
        tags: list(
          group(
            {
              keyword: oneOf(routingTags, { description: 'Attribute of the DICOM header' }),
              matches: text({
                description:
                  'Its whole value; * stands for any characters, ? for exactly one; capitals make no difference',
                maxLength: 64,
              }),
            },
            { description: 'A condition on the DICOM header' },
          ),
          { description: 'Conditions on the DICOM header, all of which must hold', default: [], maxItems: 10 },
        ),
      },
      { description: 'Conditions, all of which must hold; none: every study' },
    ),
    to: list(id({ description: 'Id of a partner' }), { description: 'Partners', minItems: 1, maxItems: 100 }),
    urgent: yesNo({ description: 'Send while the study still arrives, before everything else', default: false }),
    quiet_s: Type.Optional(integer(1, 86_400, quietSeconds)),
    cap_s: Type.Optional(integer(1, 604_800, capSeconds)),
  },
  { description: 'Which studies go to which partners' },
);
