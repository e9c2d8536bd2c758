/** A deliberate fault: what somebody could break in one line, and the tests that must not let it pass. */
export interface Mutation {
  name: string;
  file: string;
  /** Stands in the file exactly once. */
  from: string;
  to: string;
  /** Test files in which it must be caught. */
  tests: readonly string[];
  /** What the name of a test that catches it must contain. */
  caughtBy: RegExp;
}

export const mutations: readonly Mutation[] = [
  {
    name: 'success before the bytes are flushed',
    file: 'src/outbound/commit-round.ts',
    from: '            await sync(fd);',
    to: '            void sync(fd).catch(() => {});',
    tests: ['test/outbound/commit-round.test.ts'],
    caughtBy: /F06/,
  },
  {
    name: 'a mail file is not flushed before its row says that it is there',
    file: 'src/inbound/collect.ts',
    from: '        await syncFile(mail.path);\n',
    to: '',
    tests: ['test/inbound/open.test.ts'],
    caughtBy: /F42/,
  },
  {
    name: 'the partner of a consignment is swapped',
    file: 'src/outbound/route.ts',
    from: '    for (const partner of way.partners) {',
    to: '    for (const partner of [...way.partners.slice(1), way.partners[0]!].map((_, n, all) => all[n % 1]!)) {',
    tests: ['test/outbound/receive.test.ts'],
    caughtBy: /one consignment for each partner/,
  },
  {
    name: 'a sealed file is sent without a look at whom it is sealed for',
    file: 'src/outbound/send.ts',
    from: 'if (index === 0) await assertSealedFor(',
    to: 'if (index < 0) await assertSealedFor(',
    tests: ['test/outbound/send.test.ts'],
    caughtBy: /F26/,
  },
  {
    name: 'the result of a signature is ignored',
    file: 'src/pgp/signatures.ts',
    from: '  } catch (cause) {\n    throw wrong(undefined, cause);\n  }',
    to: '  } catch {}',
    tests: ['test/pgp/signatures.test.ts'],
    caughtBy: /F51|F48/,
  },
  {
    name: 'the signature of any partner will do, whoever the mail is from',
    file: 'src/workers/open.ts',
    from: '  const signers = await Promise.all(partner.keys.map(readPublicKey));',
    to: '  const signers = await Promise.all(job.partners.flatMap(({ keys }) => keys).map(readPublicKey));',
    tests: ['test/workers/open.test.ts'],
    caughtBy: /F51/,
  },
  {
    name: 'the receipt goes before the delivery is committed',
    file: 'src/line/deliveries.ts',
    from: 'if (part.admitted === 0 || o.deliveries.isPartOpen(part.set_row, part.number)) return false;',
    to: 'if (part.admitted === 0) return false;',
    tests: ['test/inbound/deliver.test.ts'],
    caughtBy: /receipt|answered|answer/,
  },
  {
    name: 'a UID becomes part of a path',
    file: 'src/share/names.ts',
    from: '    if (!SAFE.test(segment) || RESERVED.test(segment)) throw',
    to: '    if (segment.length > 1_000) throw',
    tests: ['test/share'],
    caughtBy: /F15|F66|path|name/i,
  },
  {
    name: 'bytes that changed on disk are sealed all the same',
    file: 'src/workers/seal.ts',
    from: '  if (found !== item.sha256) throw',
    to: "  if (found === 'missing') throw",
    tests: ['test/workers/seal.test.ts'],
    caughtBy: /F24/,
  },
  {
    name: 'each sealing has a Message-ID of its own',
    file: 'src/outbound/seal.ts',
    from: '      messageId: part.message_id,',
    to: "      messageId: '<' + o.now() + '@klinik.example>',",
    tests: ['test/outbound/send.test.ts'],
    caughtBy: /Message-ID|same|identity|F32|F33|F23/,
  },
  {
    name: 'the same part again is a new one',
    file: 'src/inbound/unpack.ts',
    from: '  if (known && known.content_sha256 === content_sha256) {',
    to: '  if (known && known.content_sha256 !== content_sha256) {',
    tests: ['test/inbound/sets.test.ts'],
    caughtBy: /F45|F49/,
  },
  {
    name: 'other bytes under a known UID take its place',
    file: 'src/outbound/enter.ts',
    from: '  if (twins.length > 0) {',
    to: '  if (twins.length > 1_000) {',
    tests: ['test/outbound/receive.test.ts'],
    caughtBy: /F12/,
  },
  {
    name: 'two patients under one UID travel together',
    file: 'src/outbound/enter.ts',
    from: '  return study.patient_id !== facts.patient_id || study.patient_name !== facts.patient_name;',
    to: '  return study.patient_id !== facts.patient_id && study.patient_name !== facts.patient_name;',
    tests: ['test/outbound/receive.test.ts'],
    caughtBy: /F14/,
  },
  {
    name: 'a refusal of the PACS counts as delivered',
    file: 'src/inbound/deliver.ts',
    from: "    case 'refused': {",
    to: "    case 'refused': {\n      if (outcome.status > 0) return delivered(o, row, outcome.status);",
    tests: ['test/inbound/deliver.test.ts'],
    caughtBy: /F60/,
  },
  {
    name: 'a mail server may show any certificate',
    file: 'src/mail/tls.ts',
    from: '    rejectUnauthorized: true,',
    to: '    rejectUnauthorized: false,',
    tests: ['test/mail-transport/smtp-faults.test.ts'],
    caughtBy: /F31.*certificate/,
  },
  {
    name: 'a sealed mail leaves as the disk gives it',
    file: 'src/mail/smtp-session.ts',
    from: '    if (isAltered) throw',
    to: '    if (isAltered && mail.sizeBytes < 0) throw',
    tests: ['test/mail-transport/smtp-faults.test.ts'],
    caughtBy: /F24.*other bytes/,
  },
  {
    name: 'any clock will do',
    file: 'src/box/clock-watch.ts',
    from: "    if (now_ms < earliest_ms || now_ms > ceiling_ms) return 'wrong';\n",
    to: '',
    tests: ['test/box/clock.test.ts', 'test/box/keyring.test.ts'],
    caughtBy: /2038|F67/,
  },
];
