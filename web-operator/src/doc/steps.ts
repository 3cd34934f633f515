/**
 * Checklists. A list never changes once it is published; how a step stands is said by entries of their
 * own, by anybody who writes, and the last one in Automerge's order counts.
 */
import { fromHex } from '../seal/bytes.ts';
import type { Hex } from '../seal/codes.ts';
import * as limits from './limits.ts';
import { authorOf, Entries, fitting, type Draft, type Fields, type Replica } from './replica.ts';
import type { Tidies } from './shelf.ts';

export type StepState = 'open' | 'done' | 'failed';
const STATES: readonly string[] = ['open', 'done', 'failed'] satisfies readonly StepState[];

export interface Step {
  readonly text: string;
  readonly state: StepState;
  readonly note: string;
  readonly photo: Hex | null;
  /** Who set the state last. */
  readonly by: Hex | null;
}

export interface StepList {
  readonly id: string;
  readonly author: Hex;
  readonly title: string;
  readonly steps: readonly Step[];
  readonly at: number;
}

/** How a step stands, in somebody's words. */
export interface NewState {
  readonly list: string;
  /** From 0. */
  readonly step: number;
  readonly state: StepState;
  readonly note: string;
  readonly photo: Hex | null;
}

type StepsEntry =
  | { readonly is: 'list'; readonly list: StepList }
  | { readonly is: 'state'; readonly by: Hex; readonly set: NewState }
  | { readonly is: 'hide'; readonly by: Hex; readonly target: string };

export class StepsReader {
  readonly #entries = new Entries(readEntry);

  lists(replica: Replica, tidies: Tidies): StepList[] {
    const entries = this.#entries.of(replica.list('steps'));
    const lists = new Map<string, StepList & { readonly steps: Step[] }>();
    for (const entry of entries) {
      if (entry.is === 'list') lists.set(entry.list.id, { ...entry.list, steps: [...entry.list.steps] });
    }
    for (const entry of entries) {
      if (entry.is !== 'state') continue;
      const { list, step, state, note, photo } = entry.set;
      const steps = lists.get(list)?.steps;
      const before = steps?.[step];
      if (steps !== undefined && before !== undefined) {
        steps[step] = { text: before.text, state, note, photo, by: entry.by };
      }
    }
    for (const entry of entries) {
      if (entry.is !== 'hide') continue;
      if (authorOf(entry.target) === entry.by || tidies(entry.by)) lists.delete(entry.target);
    }
    return [...lists.values()];
  }
}

function readEntry(fields: Fields): StepsEntry | null {
  const { id, author } = fields;
  const at = fields.number('at');
  if (at === null) return null;
  switch (fields.word('kind')) {
    case 'list': {
      const text = fields.text('steps', limits.STEP_LIST);
      const title = fields.text('title', limits.TITLE);
      const lines = text?.split('\n') ?? [];
      const sound = lines.every((line) => line !== '' && fitting(line, limits.STEP) === line);
      if (text === null || title === null || !sound || lines.length > limits.STEPS) return null;
      const steps = lines.map((line): Step => ({
        text: line,
        state: 'open',
        note: '',
        photo: null,
        by: null,
      }));
      return { is: 'list', list: { id, author, title, steps, at } };
    }
    case 'state': {
      const list = fields.target('list');
      const step = fields.within('step', 0, limits.STEPS - 1);
      const state = fields.word('state');
      const note = fields.text('note', limits.STEP_NOTE);
      if (list === null || step === null || state === null || note === null || !isState(state)) return null;
      return { is: 'state', by: author, set: { list, step, state, note, photo: fields.blob('photo') } };
    }
    case 'hide': {
      const target = fields.target('target');
      return target === null ? null : { is: 'hide', by: author, target };
    }
    default:
      return null;
  }
}

function isState(word: string): word is StepState {
  return STATES.includes(word);
}

/** Says how a step stands. */
export function setState(draft: Draft, { list, step, state, note, photo }: NewState, at: number): void {
  const fields = { kind: 'state', list, step, state, note: fitting(note, limits.STEP_NOTE), at };
  draft.append('steps', photo === null ? fields : { ...fields, photo: fromHex(photo) });
}
