/** The first thing that is wrong with a chain. */
export interface ChainProblem {
  kind: ChainProblemKind;
  /** The head of the batch in which it is; null where it is behind the last. */
  headNumber: number | null;
  /** The place of the row in the whole chain, from 1; null where it is not a row's. */
  position: number | null;
  /** The id of the row, or of what else is wrong; null where it is a head. */
  id: string | null;
  /** A sentence for people. */
  says: string;
}

export type ChainProblemKind =
  | 'head_damaged'
  | 'head_missing'
  | 'head_replaced'
  | 'key_unknown'
  | 'signature_wrong'
  | 'hashes_edited'
  | 'row_edited'
  | 'row_deleted'
  | 'row_moved'
  | 'row_swapped'
  | 'row_inserted'
  | 'row_wrong'
  | 'row_ahead'
  | 'cut_off'
  | 'end_wrong';
