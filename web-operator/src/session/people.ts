/** The members as a person sees them. */
import { hex, same, type Bytes } from '../seal/bytes.ts';
import { cleanName } from '../seal/name.ts';
import type { Member } from '../doc/roster.ts';
import type { SessionRow } from '../store/rows.ts';
import type { Person } from './facade.ts';

/** `there`: who is at the other end of the proved link. */
export function peopleOf(members: readonly Member[], me: Bytes, there: Bytes | null): Person[] {
  return members.map(({ peer, name, role }) => {
    const mine = same(peer, me);
    const here = mine || (there !== null && same(there, peer));
    return { peer: hex(peer), name: cleanName(name), role, me: mine, here };
  });
}

/** The names of authors, by peer key: from the roster, and of the expert before admission from the record. */
export function namesOf(members: readonly Member[], row: SessionRow): Map<string, string> {
  const names = new Map<string, string>();
  if (row.record !== null) names.set(hex(row.record.expertKey), row.expertName);
  for (const { peer, name } of members) names.set(hex(peer), cleanName(name));
  return names;
}
