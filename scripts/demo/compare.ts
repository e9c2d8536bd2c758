import type { Image } from './modality.ts';

export interface Comparison {
  identical: number;
  /** What is not as it should be, one line each; empty is the aim. */
  faults: string[];
}

/** Holds what arrived against what was sent: each instance once, each with the same data set bytes. */
export function compare(sent: readonly Image[], arrived: readonly Image[]): Comparison {
  const bySopUid = Map.groupBy(arrived, (image) => image.sopUid);
  const faults: string[] = [];
  let identical = 0;
  for (const image of sent) {
    const found = bySopUid.get(image.sopUid) ?? [];
    bySopUid.delete(image.sopUid);
    if (found.length === 0) faults.push(`missing:   ${image.sopUid}`);
    else if (found.length > 1) faults.push(`doubled:   ${image.sopUid} came ${found.length} times`);
    else if (found[0]!.sha256 !== image.sha256) faults.push(`different: ${image.sopUid}`);
    else identical++;
  }
  for (const uid of bySopUid.keys()) faults.push(`never sent: ${uid}`);
  return { identical, faults };
}
