/** Wakes one that waits. A ring while nobody waits is kept for the next wait, so that none is missed. */
export class Doorbell {
  #isRung = false;
  #wake: (() => void) | undefined;

  /** Somebody waits at this moment. */
  get isAwaited(): boolean {
    return this.#wake !== undefined;
  }

  /** Ends the wait, or the next one before it begins. */
  ring(): void {
    this.#isRung = true;
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Resolves with the first ring since the last time that it resolved. */
  async heard(): Promise<void> {
    if (!this.#isRung) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#isRung = false;
  }
}
