/** What rules may ask of a study's header beside what has a column of its own: JSON, lists of values by keyword. */
export const tags = `ALTER TABLE study ADD COLUMN tags TEXT NOT NULL DEFAULT '{}';`;
