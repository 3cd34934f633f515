/** The operations of a change, decoded from its columns, without their values. */
import { compare, fromUtf8, utf8, type Bytes } from '../../seal/bytes.ts';
import { MAX_OP, OPS, PREDS } from '../limits.ts';
import { expand, expandDeltas, expandFlags, text, unsigned, type Columns } from './columns.ts';
import { Leb } from './leb.ts';
import { Refused } from './refused.ts';

/** An operation id inside a change. */
export interface OpId {
  /** Index into the change's actors. */
  readonly actor: number;
  readonly counter: number;
}

export type Action = 'make-map' | 'set' | 'make-list' | 'delete' | 'make-text';

export type OpKey =
  | { readonly t: 'prop'; readonly name: string }
  | { readonly t: 'head' }
  | { readonly t: 'elem'; readonly id: OpId };

export interface Op {
  /** The object it works in; null is the root map. */
  readonly obj: OpId | null;
  readonly key: OpKey;
  /** Whether it inserts an element behind the place. */
  readonly insert: boolean;
  readonly action: Action;
  /** Whether it sets a string, the only thing a text may hold. */
  readonly setsText: boolean;
  /** The operations it replaces. */
  readonly preds: readonly OpId[];
}

/** A run of one long key would otherwise be copied once for each operation. */
const KEY_BYTES = 256;

const ACTIONS: readonly Action[] = ['make-map', 'set', 'make-list', 'delete', 'make-text'];

/** An index names one of `actors`, and each of them is named. */
export function decodeOps(columns: Columns, actors: readonly Bytes[]): Op[] {
  const actions = expandActions(columns.action);
  const count = actions.length;
  if (count === 0) throw new Refused('op-count');
  const objActor = expand(columns.objActor, count, unsigned);
  const objCounter = expand(columns.objCounter, count, unsigned);
  const keyActor = expand(columns.keyActor, count, unsigned);
  const keyCounter = expandDeltas(columns.keyCounter, count);
  const keyText = expand(columns.keyText, count, text);
  const insert = expandFlags(columns.insert, count);
  const metas = expand(columns.valueMeta, count, unsigned);
  if (insert.length !== count || metas.length !== count) throw new Refused('column');
  const setsText = scanValues(metas, columns.valueRaw);
  const preds = decodePreds(columns, count, actors);

  const named = new Set([0]);
  const ops = actions.map((action, i) => {
    // A column that ends early has only nulls behind its end.
    const op: Op = {
      obj: objectOf(objActor[i] ?? null, objCounter[i] ?? null, actors.length),
      key: keyOf(keyActor[i] ?? null, keyCounter[i] ?? null, keyText[i] ?? null, actors.length),
      insert: insert[i] ?? false,
      action: actionOf(action),
      setsText: action === 1n && (setsText[i] ?? false),
      preds: preds[i] ?? [],
    };
    const bare = op.action === 'set' || metas[i] === 0n;
    if (!possible(op) || !bare) throw new Refused('operation');
    for (const { actor } of idsOf(op)) named.add(actor);
    return op;
  });
  if (named.size !== actors.length) throw new Refused('actors');
  return ops;
}

function expandActions(data: Bytes): (bigint | null)[] {
  try {
    return expand(data, OPS, unsigned);
  } catch (error) {
    if (error instanceof Refused && error.problem === 'column') throw new Refused('op-count');
    throw error;
  }
}

function actionOf(code: bigint | null): Action {
  const action = code !== null && code < 5n ? ACTIONS[Number(code)] : undefined;
  if (action === undefined) throw new Refused('operation');
  return action;
}

function objectOf(actor: bigint | null, counter: bigint | null, actors: number): OpId | null {
  if (actor === null && counter === null) return null;
  if (actor === null || counter === null) throw new Refused('operation');
  return opId(actor, counter, actors);
}

function keyOf(actor: bigint | null, counter: bigint | null, prop: string | null, actors: number): OpKey {
  if (actor === null && counter === null && prop !== null && utf8(prop).length <= KEY_BYTES) {
    return { t: 'prop', name: prop };
  }
  if (prop !== null || counter === null) throw new Refused('operation');
  if (actor !== null) return { t: 'elem', id: opId(actor, counter, actors) };
  if (counter !== 0n) throw new Refused('operation');
  return { t: 'head' };
}

/** What holds for an operation whatever it refers to. */
function possible(op: Op): boolean {
  if (op.insert) return op.key.t !== 'prop' && op.preds.length === 0 && op.action !== 'delete';
  if (op.key.t === 'head') return false;
  return op.action !== 'delete' || op.preds.length > 0;
}

/** Automerge keeps counters in 32 bits and actors by index: anything else would be read wrongly. */
function opId(actor: bigint, counter: bigint, actors: number): OpId {
  if (actor >= BigInt(actors) || counter <= 0n || counter >= BigInt(MAX_OP)) throw new Refused('operation');
  return { actor: Number(actor), counter: Number(counter) };
}

/** Every operation that it names. */
function idsOf({ obj, key, preds }: Op): OpId[] {
  const element = key.t === 'elem' ? [key.id] : [];
  return [...(obj === null ? [] : [obj]), ...element, ...preds];
}

function decodePreds(columns: Columns, count: number, actors: readonly Bytes[]): OpId[][] {
  const counts = expand(columns.predCount, count, unsigned);
  if (counts.length !== count) throw new Refused('column');
  const actorRows = expand(columns.predActor, PREDS, unsigned);
  const counterRows = expandDeltas(columns.predCounter, PREDS);
  const ids: OpId[] = [];
  for (let i = 0; i < Math.min(actorRows.length, counterRows.length); i++) {
    const actor = actorRows[i] ?? null;
    const counter = counterRows[i] ?? null;
    if (actor === null || counter === null) throw new Refused('column');
    ids.push(opId(actor, counter, actors.length));
  }
  if (ids.length !== actorRows.length || ids.length !== counterRows.length) throw new Refused('column');
  let at = 0;
  const preds = counts.map((n) => {
    if (n === null || n > BigInt(ids.length - at)) throw new Refused('column');
    const own = ids.slice(at, at + Number(n));
    at += own.length;
    // In the order of operations: by counter, then by actor. So none is there twice.
    if (own.some((id, i) => i > 0 && !ascends(own[i - 1], id, actors))) throw new Refused('operation');
    return own;
  });
  if (at !== ids.length) throw new Refused('column');
  return preds;
}

function ascends(a: OpId | undefined, b: OpId, actors: readonly Bytes[]): boolean {
  if (a === undefined) return true;
  if (a.counter !== b.counter) return a.counter < b.counter;
  const [left, right] = [actors[a.actor], actors[b.actor]];
  return left !== undefined && right !== undefined && compare(left, right) < 0;
}

/** Checks every value against its type and length, and that they fill their column; tells strings. */
function scanValues(metas: readonly (bigint | null)[], raw: Bytes): boolean[] {
  const input = new Leb(raw);
  const texts = metas.map((meta) => {
    if (meta === null) throw new Refused('column');
    let bytes: Bytes;
    try {
      bytes = input.take(meta >> 4n);
    } catch {
      throw new Refused('column');
    }
    const type = Number(meta & 15n);
    if (!soundValue(type, bytes)) throw new Refused('column');
    return type === 6;
  });
  if (!input.done) throw new Refused('column');
  return texts;
}

function soundValue(type: number, bytes: Bytes): boolean {
  const number = new Leb(bytes);
  try {
    switch (type) {
      // null, false, true
      case 0:
      case 1:
      case 2:
        return bytes.length === 0;
      // unsigned
      case 3:
        number.unsigned();
        return number.done;
      // signed, counter, timestamp
      case 4:
      case 8:
      case 9:
        number.signed();
        return number.done;
      // float
      case 5:
        return bytes.length === 8;
      // string
      case 6:
        fromUtf8(bytes);
        return true;
      // bytes
      case 7:
        return true;
      default:
        return false;
    }
  } catch {
    return false;
  }
}
