import type { Store } from '../../src/store/store.ts';
import { type Clinic, QUIET_S } from './clinics.ts';

interface Step {
  what: string;
  at_ms: number;
  /** When the first byte of this step was worked on: the steps overlap. */
  begun_ms?: number;
  /** What the step worked on. */
  bytes?: number;
}

/** The way of one study in lines of text, from what both boxes wrote down. Times are of the one clock of this machine. */
export function timeline(o: { a: Store; b: Store; clinics: [Clinic, Clinic]; studyUid: string }): string[] {
  const [clinicA, clinicB] = o.clinics;
  const out = o.a.studies.find('out', clinicB.aeTitle, o.studyUid)!;
  const { items, size_bytes: bytes } = out;
  const consignments = o.a.consignments.ofStudy(out.id);
  const parts = consignments.flatMap((consignment) => o.a.parts.ofConsignment(consignment.id));
  const sets = consignments.flatMap((consignment) => o.b.sets.find(clinicA.id, consignment.set_id) ?? []);
  const mails = sets.flatMap((set) => o.b.sets.parts(set.id).map((part) => o.b.mails.get(part.mail_id)!));
  const arrived = o.b.studies.find('in', clinicA.id, o.studyUid)!;
  const deliveries = o.b.items.ofStudy(arrived.id).flatMap((item) => o.b.deliveries.ofItem(item.id));
  const mailBytes = parts.reduce((sum, part) => sum + part.mail_bytes, 0);
  const settled = moves(o.a, [out], 'settled');
  const sealed = moves(o.a, parts, 'sealed');
  const steps: Step[] = [
    { what: 'first image in', at_ms: out.first_ms },
    { what: 'last image in', at_ms: out.last_ms, begun_ms: out.first_ms, bytes },
    { what: `settled (quiet for ${QUIET_S} s)`, at_ms: settled.last },
    { what: 'last mail sealed', at_ms: sealed.last, begun_ms: settled.last, bytes },
    {
      what: 'last mail sent',
      at_ms: latest(parts.map((part) => part.sent_ms)),
      begun_ms: sealed.first,
      bytes: mailBytes,
    },
    {
      what: 'last mail opened',
      at_ms: moves(o.b, mails, 'opened').last,
      begun_ms: Math.min(...mails.map((mail) => mail.received_ms)),
      bytes: mailBytes,
    },
    {
      what: 'last image in the PACS',
      at_ms: latest(deliveries.map((row) => row.delivered_ms)),
      begun_ms: moves(o.b, sets, 'admitted').first,
      bytes,
    },
    { what: 'last receipt', at_ms: latest(consignments.map((row) => row.closed_ms)) },
  ];
  const form = parts.length === items ? 'one image each' : `about ${Math.round(items / parts.length)} images each`;
  return [
    `${items} images, ${megabytes(bytes)}; ${parts.length} mails (${form}), ${megabytes(mailBytes)}`,
    ...steps.map((step, index) => stepLine(step, steps[0]!, steps[index - 1])),
  ];
}

/** When it happened; how long after the step before; how fast the step itself was, from its own begin. */
function stepLine(step: Step, first: Step, before: Step | undefined): string {
  const after = before ? `+${seconds(step.at_ms - before.at_ms)}` : '';
  const work_s = (step.at_ms - (step.begun_ms ?? step.at_ms)) / 1000;
  const rate = step.bytes && work_s > 0 ? `${megabytes(step.bytes / work_s)}/s` : '';
  const at = seconds(step.at_ms - first.at_ms);
  return `  ${at.padStart(8)}  ${step.what.padEnd(24)}${after.padStart(9)}${rate.padStart(13)}`.trimEnd();
}

function moves(store: Store, rows: readonly { id: string }[], to: string): { first: number; last: number } {
  const times = store.history
    .of(rows.map((row) => row.id))
    .filter((move) => move.to_state === to)
    .map((move) => move.at_ms);
  return { first: Math.min(...times), last: Math.max(...times) };
}

const latest = (times: readonly (number | null)[]) => Math.max(...times.map((time) => time ?? 0));
const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
