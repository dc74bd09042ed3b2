/** Of a chain that is to go on the end is not what it was. Whatever was done to it, nothing is signed on top. */
export class ChainDamaged extends Error {
  override readonly name = 'ChainDamaged';
  readonly code = 'LAST_HEAD_DAMAGED';

  constructor(chain: string) {
    super(`the last head of the chain ${chain} is damaged: verify the chain, and restore what was changed`);
  }
}
