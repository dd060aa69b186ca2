/** Lets one change of the spec store happen at a time: deploys and looks at its files. Who comes first goes first. */
export class SpecsTurn {
  #last: Promise<unknown> = Promise.resolve();

  /** Does `work` when everything that was given before has ended, however it ended. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work, work);
    this.#last = turn;
    return turn;
  }
}
