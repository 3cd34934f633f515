/**
 * Judges what others say of this session: replies to the knock and to calls, and roster entries. One
 * after another, and nothing counts that is not signed by somebody who may say it.
 */
import { same, type Bytes } from '../seal/bytes.ts';
import { openReply, replyId, type OpenedReply } from '../seal/reply.ts';
import type { DocPort } from '../doc/port.ts';
import type { ErrorCode } from './facade.ts';
import type { Links } from './links.ts';
import type { Input } from './machine.ts';
import { Standing } from './membership.ts';
import type { SessionRecord } from './record.ts';
import { endsSession, isPassing, refusalError } from './refusals.ts';

export interface JudgeParts {
  readonly record: SessionRecord;
  readonly me: Bytes;
  readonly links: Links;
  readonly docs: DocPort;
  readonly handle: (input: Input) => void;
  tell(error: ErrorCode): void;
  readonly changed: () => void;
}

export class Judge {
  #standing: Standing | null = null;

  constructor(readonly parts: JudgeParts) {}

  /** Null while not admitted. */
  get standing(): Standing | null {
    return this.#standing;
  }

  /** After a reload: what was stored is verified again. */
  async restore(): Promise<boolean> {
    const { record, chain, sealKey } = this.parts.record.row;
    if (record === null) return false;
    const standing = await Standing.open(record.sid, chain, this.parts.me, sealKey);
    if (typeof standing === 'string') return false;
    this.#standing = standing;
    return true;
  }

  /** One that does not open or is not signed rightly is anybody's: it is dropped. */
  async reply(message: Bytes): Promise<void> {
    const id = replyId(message);
    if (id === null) return;
    const { knock } = this.parts.record.row;
    const { attempt } = this.parts.links;
    const call = attempt?.purpose === 'call' ? attempt.request : null;
    if (knock !== null && same(id, knock.id)) {
      const opened = await openReply('knock', knock.exports.reply, id, message);
      if (typeof opened !== 'string') await this.#onKnockReply(opened);
    } else if (call !== null && same(id, call.id)) {
      const opened = await openReply('call', call.exports.reply, id, message);
      if (typeof opened !== 'string') await this.#onCallReply(opened);
    }
  }

  /** Roster entries from a reply or a link. */
  async adopt(entries: readonly Bytes[]): Promise<void> {
    const standing = this.#standing;
    if (standing === null || !(await standing.offer(entries))) return;
    const { record, docs, handle } = this.parts;
    record.save({ chain: standing.entries });
    docs.adoptRoster(standing.entries);
    if (!standing.isMember) handle({ t: 'session-over', error: 'removed' });
    else if (standing.roster.closed) handle({ t: 'session-over', error: 'session-closed' });
    else this.parts.changed();
  }

  async #onKnockReply({ reply, signer }: OpenedReply): Promise<void> {
    const { record } = this.parts.record.row;
    if (record === null || this.#standing !== null) return;
    const byExpert = same(signer, record.expertKey);
    if (reply.kind === 'admitted') {
      await this.#onAdmitted(reply.chain, reply.answer, signer, byExpert);
    } else if (byExpert && reply.kind === 'waiting') {
      this.parts.handle({ t: 'told-to-wait' });
    } else if (byExpert && reply.kind === 'refused') {
      const { reason } = reply;
      this.parts.handle({ t: 'refused', error: refusalError(reason), passing: isPassing(reason) });
    }
  }

  async #onAdmitted(
    chain: readonly Bytes[],
    answer: string | null,
    signer: Bytes,
    byExpert: boolean,
  ): Promise<void> {
    const { record, links, docs, me } = this.parts;
    if (record.row.record === null) return;
    const standing = await Standing.open(record.row.record.sid, chain, me, record.row.sealKey);
    const proved =
      typeof standing !== 'string' && standing.isMember && (byExpert || standing.mayAnswer(signer));
    if (!proved) {
      this.parts.tell('expert-unproved');
      return;
    }
    this.#standing = standing;
    record.save({ state: 'member', chain: standing.entries });
    docs.adoptRoster(standing.entries);
    const { attempt } = links;
    const waits = answer !== null && attempt?.purpose === 'knock' && attempt.request !== null;
    const answered = waits && (await attempt.link.accept(answer, signer));
    this.parts.handle({ t: 'admitted', answered });
  }

  async #onCallReply({ reply, signer }: OpenedReply): Promise<void> {
    const { links, handle } = this.parts;
    const { attempt } = links;
    if (attempt === null || this.#standing?.mayAnswer(signer) !== true) return;
    switch (reply.kind) {
      case 'behind':
        await this.adopt(reply.entries);
        handle({ t: 'behind' });
        break;
      case 'welcome-back': {
        const { answer } = reply;
        const answered = answer !== null && (await attempt.link.accept(answer, signer));
        if (links.attempt === attempt) handle({ t: 'welcomed-back', answered });
        break;
      }
      case 'refused': {
        const error = refusalError(reply.reason);
        if (endsSession(reply.reason)) {
          handle({ t: 'session-over', error });
        } else {
          this.parts.tell(error);
          handle({ t: 'refused', error, passing: isPassing(reply.reason) });
        }
        break;
      }
      default:
    }
  }
}
