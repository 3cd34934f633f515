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

/** The name of an author, from the roster or, before admission, from the record. */
export function nameOf(author: string, members: readonly Member[], row: SessionRow): string {
  const member = members.find(({ peer }) => hex(peer) === author);
  if (member !== undefined) return cleanName(member.name);
  return row.record !== null && hex(row.record.expertKey) === author ? row.expertName : '';
}
