/** Nothing is added to a file that may be somebody else's. */
export class HeadsFileWrong extends Error {
  override readonly name = 'HeadsFileWrong';
  readonly code: 'HOLDS_NO_HEAD' | 'HOLDS_ANOTHER_CHAIN';

  constructor(code: HeadsFileWrong['code'], { chain, headsFile }: { chain: string; headsFile: string }) {
    const holds = code === 'HOLDS_NO_HEAD' ? 'holds none' : 'has those of another chain';
    super(
      `the file of the heads of ${chain}, ${headsFile}, ${holds}: move it away, and all are written anew`,
    );
    this.code = code;
  }
}
