/** Lets those who change the whole of the spec store, deploys and looks at it, have their turn one after the other. */
export class SpecsTurn {
  #last: Promise<unknown> = Promise.resolve();

  /** Does `work` when everybody who came before is done. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    // Whoever failed has told its own caller.
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
