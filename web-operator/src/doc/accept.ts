/** Which nodes of a graph are part of the document: a function of the graph and the roster. */
import { GENESIS, type Dag, type NodeIndex } from './dag.ts';
import type { DocId, Envelope } from './envelope.ts';
import type { Membership } from './membership.ts';
import type { Reason } from './verdict.ts';

export interface NodeState {
  accepted: boolean;
  /** It and all its ancestors are by known authors in epochs that have begun. */
  valid: boolean;
  /** It came after its actor was frozen: no root by itself. */
  late: boolean;
}

export function genesisState(): NodeState {
  return { accepted: true, valid: true, late: false };
}

/** Why an envelope does not count by itself, or null if it does. */
export function whyNoRoot(doc: DocId, envelope: Envelope, late: boolean, members: Membership): Reason | null {
  switch (members.standing(envelope.author, doc.kind)) {
    case 'unknown':
      return 'unknown-author';
    case 'writer':
      return late ? 'frozen' : null;
    case 'former':
      return envelope.seq <= members.within(doc, envelope.actor) ? null : 'beyond-cut';
    case 'reader':
      return 'role-not-allowed';
  }
}

/** The states of all nodes under a roster: rooted ones and all their ancestors are accepted. */
export function statesUnder(
  doc: DocId,
  dag: Dag,
  before: readonly NodeState[],
  members: Membership,
): NodeState[] {
  const states = before.map(({ late }): NodeState => ({ accepted: false, valid: false, late }));
  states[GENESIS] = genesisState();
  const at = (node: NodeIndex): NodeState => states[node] ?? genesisState();
  for (const [node, envelope] of dag.envelopes()) {
    const known = members.standing(envelope.author, doc.kind) !== 'unknown';
    const grounded = dag.node(node).deps.every((dep) => at(dep).valid);
    const state = at(node);
    state.valid = known && envelope.epoch <= members.epoch && grounded;
    state.accepted = state.valid && whyNoRoot(doc, envelope, state.late, members) === null;
  }
  // Descendants have higher indices: going down, a node is final before its dependencies are looked at.
  for (let node = states.length - 1; node > GENESIS; node--) {
    if (at(node).accepted) for (const dep of dag.node(node).deps) at(dep).accepted = true;
  }
  return states;
}
