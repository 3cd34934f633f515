/** The session's row on this device: read from anywhere, written in order. */
import { StoreError } from '../store/database.ts';
import type { SessionRow } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import type { ErrorCode } from './facade.ts';

export class SessionRecord {
  #row: SessionRow;
  #saving: Promise<unknown> = Promise.resolve();
  /** What the device can't keep; told when nothing more urgent is. */
  problem: ErrorCode | null = null;

  constructor(
    row: SessionRow,
    readonly store: Store,
    readonly changed: () => void,
  ) {
    this.#row = row;
    if (!store.durable) this.problem = 'storage-missing';
  }

  get row(): SessionRow {
    return this.#row;
  }

  /** In order: an older row must never overwrite a newer one. */
  save(change: Partial<SessionRow>): void {
    const row = { ...this.#row, ...change, lastAt: Date.now() };
    this.#row = row;
    const saving = this.#saving.then(() => this.store.putSession(row));
    this.#saving = this.watch(saving);
  }

  /** Resolves when everything up to now is kept, or is known not to be. */
  saved(): Promise<unknown> {
    return this.#saving;
  }

  /** Resolves in any case; a failure is told, and the session goes on in memory. */
  async watch(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.problem = error instanceof StoreError ? error.problem : 'storage-missing';
      this.changed();
    }
  }
}
