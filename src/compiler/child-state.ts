/** What the compiler's child says about itself after a call. */
export interface ChildState {
  readonly residentBytes: number;
  /** The template engine broke, so that the process must be replaced. */
  readonly crashed: boolean;
}
