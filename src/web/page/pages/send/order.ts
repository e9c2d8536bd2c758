import type { LookAnswer, SendOrder } from '../../../routes/send.ts';

/** What a person has chosen so far. */
export interface Choice {
  /** By Study Instance UID. */
  readonly studies: ReadonlySet<string>;
  /** By key. */
  readonly documents: ReadonlySet<string>;
  /** Where the documents belong: a Study Instance UID of the files, or the id of a study that is here; '' is not decided. */
  readonly home: string;
  /** How that study is called, where it is none of the files. */
  readonly homeName: string;
  readonly partners: ReadonlySet<string>;
  readonly urgent: boolean;
  readonly comment: string;
}

export const NOTHING: Choice = {
  ...{ studies: new Set(), documents: new Set(), home: '', homeName: '' },
  ...{ partners: new Set(), urgent: false, comment: '' },
};

/**
 * All studies go, and all documents but those that came with a CD and its viewer; to whom, nobody but the person can say.
 * `here`: the study that the person came from, to add documents to it.
 */
export function firstChoice(look: LookAnswer, before: Choice): Choice {
  const studies = look.studies.map(({ study_uid }) => study_uid);
  const documents = look.documents.flatMap(({ key, of_medium }) => (of_medium ? [] : key));
  const isStillThere = before.homeName !== '' || studies.includes(before.home);
  const home = isStillThere ? before.home : studies.length === 1 ? studies[0]! : '';
  return { ...before, studies: new Set(studies), documents: new Set(documents), home };
}

/** What is still missing before it can go; null when nothing is. */
export function missingOf(choice: Choice): 'content' | 'home' | 'partner' | null {
  if (choice.studies.size === 0 && choice.documents.size === 0) return 'content';
  if (choice.documents.size > 0 && homeOf(choice) === '') return 'home';
  return choice.partners.size === 0 ? 'partner' : null;
}

/** A study that does not go along is no place for documents. */
export function homeOf({ home, homeName, studies }: Choice): string {
  return homeName !== '' || studies.has(home) ? home : '';
}

export function orderOf(choice: Choice, uploads: string[]): SendOrder {
  const { studies, documents, partners, urgent } = choice;
  const comment = choice.comment.trim();
  return {
    ...{ uploads, partners: [...partners], urgent, studies: [...studies], documents: [...documents] },
    ...(documents.size > 0 && { study: homeOf(choice) }),
    ...(comment !== '' && { comment }),
  };
}
