/** What a sealed mail must still be when it leaves (F24); parts that were sealed before have none. */
export const mailHashes = `
ALTER TABLE part ADD COLUMN mail_sha256 TEXT NOT NULL DEFAULT '[]'; -- of each file in mail_paths, JSON
`;
