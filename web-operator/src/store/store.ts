/**
 * The device's memory: who I am, the sessions, what was typed, the logs. IndexedDB where there is
 * one; otherwise the same in memory, so that a private window still gets help (and is told).
 */
import { hex, type Bytes } from '../seal/bytes.ts';
import { openDatabase, transact, type StoreName } from './database.ts';
import type { AckedRow, DeviceRow, EnvelopeRow, ItemRow, OutboxRow, SessionRow } from './rows.ts';

export interface Store {
  /** False: nothing outlives the page. */
  readonly durable: boolean;
  device(): Promise<DeviceRow | null>;
  putDevice(row: DeviceRow): Promise<void>;
  sessions(): Promise<SessionRow[]>;
  session(key: string): Promise<SessionRow | null>;
  putSession(row: SessionRow): Promise<void>;
  /** The session with everything that belongs to it. */
  forget(key: string): Promise<void>;
  outbox(session: string): Promise<OutboxRow[]>;
  addToOutbox(row: OutboxRow): Promise<void>;
  /** What was written becomes envelopes, in one step; none where nothing was left to be written. */
  seal(outboxId: string, envelopes: readonly EnvelopeRow[]): Promise<void>;
  /** In the order of arrival. */
  envelopes(session: string): Promise<Bytes[]>;
  /** All or none; an envelope that is there already stays as it is. */
  addEnvelopes(rows: readonly EnvelopeRow[]): Promise<void>;
  items(session: string): Promise<ItemRow[]>;
  putItem(row: ItemRow): Promise<void>;
  dropItem(session: string, n: number): Promise<void>;
  clearItems(session: string): Promise<void>;
  /** By actor: how far others have this device's envelopes. */
  acked(session: string): Promise<Readonly<Record<string, number>>>;
  putAcked(session: string, acked: Readonly<Record<string, number>>): Promise<void>;
}

export function openStore(factory: IDBFactory | undefined = globalThis.indexedDB): Promise<Store> {
  return openDatabase(factory).then(
    (db) => new DatabaseStore(db),
    () => new MemoryStore(),
  );
}

export function envelopeRow(session: string, id: Bytes, bytes: Bytes): EnvelopeRow {
  return { session, id: hex(id), bytes };
}

class DatabaseStore implements Store {
  readonly durable = true;

  constructor(readonly db: IDBDatabase) {}

  async device(): Promise<DeviceRow | null> {
    return (
      (await this.#read<DeviceRow | undefined>(
        'device',
        (s) => s.get('device') as IDBRequest<DeviceRow | undefined>,
      )) ?? null
    );
  }

  putDevice(row: DeviceRow): Promise<void> {
    return this.#write(['device'], (store) => void store('device').put(row));
  }

  async sessions(): Promise<SessionRow[]> {
    return (await this.#read<SessionRow[]>('sessions', (s) => s.getAll() as IDBRequest<SessionRow[]>)) ?? [];
  }

  async session(key: string): Promise<SessionRow | null> {
    return (
      (await this.#read<SessionRow | undefined>(
        'sessions',
        (s) => s.get(key) as IDBRequest<SessionRow | undefined>,
      )) ?? null
    );
  }

  putSession(row: SessionRow): Promise<void> {
    return this.#write(['sessions'], (store) => void store('sessions').put(row));
  }

  forget(key: string): Promise<void> {
    const parts = ['outbox', 'envelopes', 'items'] as const;
    return this.#write(['sessions', 'acked', ...parts], (store) => {
      store('sessions').delete(key);
      store('acked').delete(key);
      for (const part of parts) deleteOf(store(part), key);
    });
  }

  async outbox(session: string): Promise<OutboxRow[]> {
    const rows = await this.#read<OutboxRow[]>(
      'outbox',
      (s) => s.index('session').getAll(session) as IDBRequest<OutboxRow[]>,
    );
    return (rows ?? []).sort((a, b) => a.at - b.at);
  }

  addToOutbox(row: OutboxRow): Promise<void> {
    return this.#write(['outbox'], (store) => void store('outbox').put(row));
  }

  seal(outboxId: string, envelopes: readonly EnvelopeRow[]): Promise<void> {
    return this.#write(['outbox', 'envelopes'], (store) => {
      store('outbox').delete(outboxId);
      for (const envelope of envelopes) store('envelopes').add(envelope);
    });
  }

  async envelopes(session: string): Promise<Bytes[]> {
    const rows = await this.#read<EnvelopeRow[]>(
      'envelopes',
      (s) => s.index('session').getAll(session) as IDBRequest<EnvelopeRow[]>,
    );
    return (rows ?? []).map((row) => row.bytes);
  }

  addEnvelopes(rows: readonly EnvelopeRow[]): Promise<void> {
    return this.#write(['envelopes'], (store) => {
      for (const row of rows) {
        const known = store('envelopes').index('id').getKey([row.session, row.id]);
        known.onsuccess = () => {
          if (known.result === undefined) store('envelopes').add(row);
        };
      }
    });
  }

  async items(session: string): Promise<ItemRow[]> {
    return (
      (await this.#read<ItemRow[]>(
        'items',
        (s) => s.index('session').getAll(session) as IDBRequest<ItemRow[]>,
      )) ?? []
    );
  }

  putItem(row: ItemRow): Promise<void> {
    return this.#write(['items'], (store) => void store('items').put(row));
  }

  dropItem(session: string, n: number): Promise<void> {
    return this.#write(['items'], (store) => void store('items').delete([session, n]));
  }

  clearItems(session: string): Promise<void> {
    return this.#write(['items'], (store) => deleteOf(store('items'), session));
  }

  async acked(session: string): Promise<Readonly<Record<string, number>>> {
    const row = await this.#read<AckedRow | undefined>(
      'acked',
      (s) => s.get(session) as IDBRequest<AckedRow | undefined>,
    );
    return row?.acked ?? {};
  }

  putAcked(session: string, acked: Readonly<Record<string, number>>): Promise<void> {
    return this.#write(['acked'], (store) => void store('acked').put({ session, acked }));
  }

  #read<T>(name: StoreName, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
    return transact<T>(this.db, [name], 'readonly', (store) => work(store(name)));
  }

  async #write(
    names: readonly StoreName[],
    work: (stores: (name: StoreName) => IDBObjectStore) => void,
  ): Promise<void> {
    await transact(this.db, names, 'readwrite', (store) => {
      work(store);
      return undefined;
    });
  }
}

/** Everything of one session in a store. */
function deleteOf(store: IDBObjectStore, session: string): void {
  const cursor = store.index('session').openKeyCursor(session);
  cursor.onsuccess = () => {
    if (cursor.result === null) return;
    store.delete(cursor.result.primaryKey);
    cursor.result.continue();
  };
}

/** The same promises kept in memory only. */
export class MemoryStore implements Store {
  readonly durable = false;
  #device: DeviceRow | null = null;
  readonly #sessions = new Map<string, SessionRow>();
  #outbox: OutboxRow[] = [];
  #envelopes: EnvelopeRow[] = [];
  #items: ItemRow[] = [];
  readonly #acked = new Map<string, Readonly<Record<string, number>>>();

  device(): Promise<DeviceRow | null> {
    return Promise.resolve(this.#device);
  }

  putDevice(row: DeviceRow): Promise<void> {
    this.#device = row;
    return Promise.resolve();
  }

  sessions(): Promise<SessionRow[]> {
    return Promise.resolve([...this.#sessions.values()]);
  }

  session(key: string): Promise<SessionRow | null> {
    return Promise.resolve(this.#sessions.get(key) ?? null);
  }

  putSession(row: SessionRow): Promise<void> {
    this.#sessions.set(row.key, row);
    return Promise.resolve();
  }

  forget(key: string): Promise<void> {
    this.#sessions.delete(key);
    this.#outbox = this.#outbox.filter((row) => row.session !== key);
    this.#envelopes = this.#envelopes.filter((row) => row.session !== key);
    this.#items = this.#items.filter((row) => row.session !== key);
    return Promise.resolve();
  }

  outbox(session: string): Promise<OutboxRow[]> {
    return Promise.resolve(this.#outbox.filter((row) => row.session === session));
  }

  addToOutbox(row: OutboxRow): Promise<void> {
    this.#outbox.push(row);
    return Promise.resolve();
  }

  async seal(outboxId: string, envelopes: readonly EnvelopeRow[]): Promise<void> {
    this.#outbox = this.#outbox.filter((row) => row.id !== outboxId);
    await this.addEnvelopes(envelopes);
  }

  envelopes(session: string): Promise<Bytes[]> {
    return Promise.resolve(this.#envelopes.filter((row) => row.session === session).map((row) => row.bytes));
  }

  addEnvelopes(rows: readonly EnvelopeRow[]): Promise<void> {
    const key = ({ session, id }: EnvelopeRow): string => `${session}/${id}`;
    const known = new Set(this.#envelopes.map(key));
    this.#envelopes.push(...rows.filter((row) => !known.has(key(row))));
    return Promise.resolve();
  }

  items(session: string): Promise<ItemRow[]> {
    return Promise.resolve(this.#items.filter((row) => row.session === session));
  }

  putItem(row: ItemRow): Promise<void> {
    this.#items = this.#items.filter((other) => other.session !== row.session || other.n !== row.n);
    this.#items.push(row);
    return Promise.resolve();
  }

  dropItem(session: string, n: number): Promise<void> {
    this.#items = this.#items.filter((other) => other.session !== session || other.n !== n);
    return Promise.resolve();
  }

  clearItems(session: string): Promise<void> {
    this.#items = this.#items.filter((row) => row.session !== session);
    return Promise.resolve();
  }

  acked(session: string): Promise<Readonly<Record<string, number>>> {
    return Promise.resolve(this.#acked.get(session) ?? {});
  }

  putAcked(session: string, acked: Readonly<Record<string, number>>): Promise<void> {
    this.#acked.set(session, acked);
    return Promise.resolve();
  }
}
