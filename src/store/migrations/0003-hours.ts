/**
 * What went through the box in each hour (of UTC), counted as it happens: plots must not add up millions of rows. Bytes are
 * those of mails as they travel; a mail that was joined came as its fragments.
 */
export const hours = `
CREATE TABLE hour (
  hour INTEGER PRIMARY KEY,       -- hours since 1970
  sent_bytes INTEGER NOT NULL DEFAULT 0,
  received_bytes INTEGER NOT NULL DEFAULT 0,
  studies_out INTEGER NOT NULL DEFAULT 0,
  studies_in INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO hour
  SELECT hour, sum(sent), sum(received), sum(out), sum(came) FROM (
    SELECT sent_ms / 3600000 AS hour, mail_bytes AS sent, 0 AS received, 0 AS out, 0 AS came FROM part WHERE sent_ms IS NOT NULL
    UNION ALL SELECT received_ms / 3600000, 0, size_bytes, 0, 0 FROM mail WHERE source <> 'joined'
    UNION ALL SELECT first_ms / 3600000, 0, 0, direction = 'out', direction = 'in' FROM study
  ) GROUP BY hour;

CREATE TRIGGER part_hour AFTER UPDATE OF sent_ms ON part WHEN OLD.sent_ms IS NULL AND NEW.sent_ms IS NOT NULL
BEGIN INSERT INTO hour (hour, sent_bytes) VALUES (NEW.sent_ms / 3600000, NEW.mail_bytes)
  ON CONFLICT (hour) DO UPDATE SET sent_bytes = sent_bytes + excluded.sent_bytes; END;
CREATE TRIGGER mail_hour AFTER INSERT ON mail WHEN NEW.source <> 'joined'
BEGIN INSERT INTO hour (hour, received_bytes) VALUES (NEW.received_ms / 3600000, NEW.size_bytes)
  ON CONFLICT (hour) DO UPDATE SET received_bytes = received_bytes + excluded.received_bytes; END;
CREATE TRIGGER study_hour AFTER INSERT ON study
BEGIN INSERT INTO hour (hour, studies_out, studies_in)
  VALUES (NEW.first_ms / 3600000, NEW.direction = 'out', NEW.direction = 'in')
  ON CONFLICT (hour) DO UPDATE SET studies_out = studies_out + excluded.studies_out, studies_in = studies_in + excluded.studies_in;
END;
`;
