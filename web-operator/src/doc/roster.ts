import { compare, hex, same, type Bytes } from '../seal/bytes.ts';
import type { Role } from '../seal/codes.ts';
import { decodeEntry, entryHolds, isGenesis, sessionOf, type Cut, type Entry } from './roster-entry.ts';
export interface Member {
  readonly peer: Bytes;
  readonly seal: Bytes;
  readonly slot: Bytes;
  readonly name: string;
  readonly role: Role;
}
void compare;
void same;
void (0 as unknown as Cut);
void decodeEntry;
void entryHolds;
void isGenesis;
void sessionOf;
void hex;
void (0 as unknown as Entry);
