/** What lies in the device's storage. Rows are plain data that the structured clone keeps as it is. */
import type { Write } from '../doc/writes.ts';
import type { Bytes } from '../seal/bytes.ts';
import type { SignKey } from '../seal/ed25519.ts';
import type { SealKey } from '../seal/hpke.ts';
import type { InviteRecord } from '../seal/invite.ts';
import type { SessionExports } from '../seal/knock.ts';

/** One row: who this device is. */
export interface DeviceRow {
  readonly key: 'device';
  readonly peer: SignKey;
  readonly name: string;
}

/** A knock as it was made: resent byte for byte until the expert decided. */
export interface KnockRow {
  readonly id: Bytes;
  readonly message: Bytes;
  readonly exports: SessionExports;
  readonly madeAt: number;
}

/** `opened`: link stored, no tap yet · `knocked` · `member` · `ended`. */
export type SessionState = 'opened' | 'knocked' | 'member' | 'ended';

export interface SessionRow {
  /** Lowercase hex invite id: one row for each link that was opened here. */
  readonly key: string;
  readonly link: Bytes;
  readonly state: SessionState;
  readonly myName: string;
  readonly title: string;
  readonly expertName: string;
  readonly lastAt: number;
  /** Keys of this device for this session. */
  readonly sealKey: SealKey;
  readonly slotKey: SignKey;
  readonly record: InviteRecord | null;
  readonly knock: KnockRow | null;
  /** Last item read of the experts' lane of the waiting room. */
  readonly afterExpert: bigint | null;
  /** Last item read of the mailbox; absent before the first. */
  readonly mailRead?: bigint;
  /** Roster entries from genesis; empty until admitted. */
  readonly chain: readonly Bytes[];
}

/** What a person said, sent or did, and is not yet an envelope. */
export interface OutboxRow {
  readonly id: string;
  readonly session: string;
  /** What was said; empty for a row that brings a file or does something else. */
  readonly text: string;
  readonly at: number;
  readonly file?: OutboxFile;
  readonly write?: Write;
}

/** A file whose bytes are on this device and whose entry is not written yet. */
export interface OutboxFile {
  /** Lowercase hex. */
  readonly blob: string;
  readonly size: number;
  readonly name: string;
  readonly type: string;
}

/** One envelope of a session's documents, in the order of arrival. */
export interface EnvelopeRow {
  readonly session: string;
  /** Lowercase hex envelope id. */
  readonly id: string;
  readonly bytes: Bytes;
}

/** An item of the waiting room's holder lane; the same number never carries other bytes. */
export interface ItemRow {
  readonly session: string;
  readonly n: number;
  /** Empty for a part of a blob: it is made again from the blob and the salt. */
  readonly item: Bytes;
  /** Envelope inside, lowercase hex id; empty for the knock itself. */
  readonly envelope: string;
  readonly stored: boolean;
  readonly part?: ItemPart;
}

/** A part of a blob in an item: 32 bytes of salt make the sealed bytes come out the same again. */
export interface ItemPart {
  readonly blob: string;
  readonly size: number;
  /** Among the parts of the blob: its manifest first, then its pieces. */
  readonly index: number;
  readonly salt: Bytes;
}

/** By actor: how far others said to have this device's envelopes. */
export interface AckedRow {
  readonly session: string;
  readonly acked: Readonly<Record<string, number>>;
}
