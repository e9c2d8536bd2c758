/** Every bound of what people send from the page, each with its reason; all others are in `limits.ts`. */

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

export const uploadLimits = {
  /** One file from the page: an archive of a CD, a long multi-frame object. The disk's reserve is asked besides. */
  file_bytes: 16 * GIB,
  /** Files of one person that are not sent yet: several CDs. */
  files: 20_000,
  /** The same of all people: each costs a file, its card and one or two kilobytes of memory. */
  files_in_all: 40_000,
  /** Uploads that bring bytes at the same time, in all and of one person; the page uses six. */
  at_once: 32,
  at_once_per_person: 12,
  /** No byte for so long: the connection is dead, and the upload waits for another. */
  idle_ms: 60_000,
  /** What nobody touched for so long is deleted, and how often that is looked for. */
  age_ms: 24 * 3_600_000,
  sweep_ms: 10 * 60_000,
  /** Requests of one address a minute: 6,000 slices of a CT in that time saturate a gigabit line. */
  requests_per_minute: 6_000,
  /** What is left of a refused upload is read to its end up to this, so that its sender hears why; else the line is cut. */
  drain_bytes: 16 * MIB,
  /** Where a file stood in the folder of the sender, to be shown. */
  folder_characters: 300,
  /** A DICOMDIR of 50,000 images has some 25 MB. */
  directory_bytes: 64 * MIB,
  /** Documents that go with one study; whoever has more has chosen the wrong folder. */
  documents: 100,
  /** Files that are not for sending, as far as they are named one by one. */
  refused_shown: 200,
  /** Files, and their bytes, that a thread looks into at one go: what the way to it costs is little then. */
  survey_files: 64,
  survey_bytes: 32 * MIB,
  /** A look at what was uploaded answers after this even where archives are still being expanded. */
  look_ms: 15_000,
  /** A note for the receiver: a long paragraph. It must stay far below what planning adds to a mail's size. */
  comment_characters: 1_000,
  /** Answers kept for those who ask again because theirs was lost on the way. */
  answers_kept: 200,
} as const;
