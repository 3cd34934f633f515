/** Why a change chunk is refused; the names are the same in every implementation. */
export type PrescanProblem =
  | 'oversize'
  | 'malformed'
  | 'compressed'
  | 'not-a-change'
  | 'checksum'
  | 'trailing'
  | 'deps'
  | 'actors'
  | 'time'
  | 'message'
  | 'unknown-column'
  | 'deflated-column'
  | 'op-count'
  | 'column'
  | 'operation';

/** Thrown inside the pre-scan only; `prescan` turns it into a result. */
export class Refused extends Error {
  constructor(readonly problem: PrescanProblem) {
    super(problem);
    this.name = 'Refused';
  }
}
