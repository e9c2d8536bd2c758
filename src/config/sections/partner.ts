import { address, aeTitle, fingerprint, group, id, integer, list, oneOf, orNull, text, yesNo } from '../kinds.ts';
import { smtp } from './mail.ts';

export const partner = group(
  {
    id: id({ description: 'Short name in tables and commands' }),
    name: text({ description: 'Name for people' }),
    address: address({ description: 'Mail address of the partner' }),
    ae_title: aeTitle({ description: 'AE title on our box that stands for this partner' }),
    fingerprints: list(fingerprint({ description: 'OpenPGP fingerprint (40 hex digits)' }), {
      description: 'Pinned keys of the partner; the first is encrypted to. Key files: keys/partners/<FINGERPRINT>.asc',
      default: [],
      maxItems: 10,
    }),
    smtp: orNull(smtp, { description: 'Direct way to the listener of this partner; off (null): by our mail server' }),
    form: oneOf(['auto', 'classic', 'batch'], {
      description: 'One object per mail (classic), many (batch), or as the partner announces (auto)',
      default: 'auto',
    }),
    max_mail_bytes: integer(100_000, 8_589_934_592, {
      description: 'Largest mail this partner takes, as it travels',
      default: 20_000_000,
    }),
    fragments: yesNo({
      description: 'Mails that are too large may be cut into message/partial; not every program can read that',
      default: false,
    }),
    compress: oneOf(['auto', 'always', 'never'], { description: 'Compression inside OpenPGP', default: 'auto' }),
    inner: oneOf(['auto', 'base64', 'binary'], {
      description: 'Encoding of the objects inside the encrypted part',
      default: 'auto',
    }),
    receipts: group(
      {
        ask: yesNo({ description: 'Ask this partner for receipts', default: true }),
        accept_unsigned: yesNo({ description: 'UNSAFE: take receipts without a signature', default: false }),
        send: oneOf(['signed', 'plain', 'none'], { description: 'How we answer', default: 'signed' }),
      },
      { description: 'Receipts', default: {} },
    ),
    confirm_within_h: integer(1, 8_760, { description: 'Alarm when no receipt came by then', default: 24 }),
    legacy_crypto: yesNo({
      description: 'UNSAFE: take SHA-1 signatures, DSA/ElGamal keys, messages without integrity protection',
      default: false,
    }),
    deliver: oneOf(['whole', 'as_it_arrives'], {
      description: 'Deliver a set only when it is complete, or object by object (emergencies)',
      default: 'whole',
    }),
    targets: list(id({ description: 'Id of a target' }), {
      description: 'Where what comes from this partner goes; empty: all default targets',
      default: [],
    }),
    patient_id: oneOf(['keep'], { description: 'Patient ID of what comes in', default: 'keep' }),
    hold: yesNo({ description: 'Hold everything for this partner back', default: false }),
  },
  { description: 'Another site' },
);
