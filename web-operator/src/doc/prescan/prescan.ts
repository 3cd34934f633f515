/**
 * The pre-scan of a change chunk, before Automerge sees it.
 *
 * Automerge inflates without a limit, believes run lengths, and fails badly on operations that name
 * what is not there. So nothing from the network reaches it that was not read completely here; work
 * and memory are bounded by the length of the chunk and the cap on operations, whatever it claims.
 *
 * Stricter than Automerge, and the same on every peer: LEB128 numbers are minimal, dependencies and
 * other actors ascend strictly, runs are not empty, actions are make map, set, make list, delete and
 * make text only, inserted elements have no predecessor, a deletion has one, none repeats.
 */
import { compare, same, type Bytes } from '../../seal/bytes.ts';
import { sha256 } from '../../seal/kdf.ts';
import * as limits from '../limits.ts';
import { readColumns } from './columns.ts';
import { Leb } from './leb.ts';
import { decodeOps, type Op } from './ops.ts';
import { Refused, type PrescanProblem } from './refused.ts';

export type { Op, OpId } from './ops.ts';
export type { PrescanProblem } from './refused.ts';

/** A change as far as the log cares: everything but the values. */
export interface ChangeShape {
  /** By which other changes name this one. */
  readonly hash: Bytes;
  readonly deps: readonly Bytes[];
  /** The writer first, then the others that operations refer to. */
  readonly actors: readonly Bytes[];
  readonly seq: bigint;
  readonly startOp: bigint;
  readonly maxOp: bigint;
  readonly ops: readonly Op[];
}

/** The actor of a genesis change is a bare hash; all others are a peer key and a run. */
const GENESIS_ACTOR = 32;
const ACTOR = 40;

const MAGIC = Uint8Array.of(0x85, 0x6f, 0x4a, 0x83);
const HEAD = 9;
const TYPE_CHANGE = 1;
const TYPE_COMPRESSED = 2;

export async function prescan(chunk: Bytes): Promise<ChangeShape | PrescanProblem> {
  try {
    return await scan(chunk);
  } catch (error) {
    if (error instanceof Refused) return error.problem;
    throw error;
  }
}

async function scan(chunk: Bytes): Promise<ChangeShape> {
  if (chunk.length > limits.CHANGE) throw new Refused('oversize');
  const { hash, contents } = await openChunk(chunk);
  const input = new Leb(contents);
  const deps = readDeps(input);
  const writer = input.prefixed();
  if (!soundActor(writer)) throw new Refused('actors');
  const seq = input.unsigned();
  const startOp = input.unsigned();
  if (startOp === 0n) throw new Refused('malformed');
  if (input.signed() !== 0n) throw new Refused('time');
  if (input.unsigned() !== 0n) throw new Refused('message');
  const actors = readActors(writer, input);
  const ops = decodeOps(readColumns(input), actors);
  return { hash, deps, actors, seq, startOp, maxOp: startOp + BigInt(ops.length) - 1n, ops };
}

async function openChunk(chunk: Bytes): Promise<{ hash: Bytes; contents: Bytes }> {
  if (chunk.length < HEAD || !same(chunk.subarray(0, 4), MAGIC)) throw new Refused('malformed');
  const type = chunk[8];
  if (type === TYPE_COMPRESSED) throw new Refused('compressed');
  if (type !== TYPE_CHANGE) throw new Refused('not-a-change');
  const input = new Leb(chunk.subarray(HEAD));
  const contents = input.prefixed();
  if (!input.done) throw new Refused('trailing');
  // The hash covers type, length as it is written, and contents: everything after the checksum.
  const hash = await sha256(chunk.subarray(8));
  if (!same(hash.subarray(0, 4), chunk.subarray(4, 8))) throw new Refused('checksum');
  return { hash, contents };
}

function readDeps(input: Leb): Bytes[] {
  const count = input.unsigned();
  if (count > BigInt(limits.DEPS)) throw new Refused('deps');
  const deps: Bytes[] = [];
  for (let i = 0n; i < count; i++) {
    const dep = input.take(32n).slice();
    const last = deps.at(-1);
    if (last !== undefined && compare(last, dep) >= 0) throw new Refused('deps');
    deps.push(dep);
  }
  return deps;
}

function readActors(writer: Bytes, input: Leb): Bytes[] {
  const others = input.unsigned();
  if (others > BigInt(limits.CHANGE_ACTORS)) throw new Refused('actors');
  const actors = [writer.slice()];
  for (let i = 0n; i < others; i++) {
    const actor = input.prefixed().slice();
    const last = actors.at(-1);
    const inOrder = actors.length === 1 || (last !== undefined && compare(last, actor) < 0);
    if (!inOrder || !soundActor(actor) || same(actor, writer)) throw new Refused('actors');
    actors.push(actor);
  }
  return actors;
}

function soundActor(actor: Bytes): boolean {
  return actor.length === ACTOR || actor.length === GENESIS_ACTOR;
}
