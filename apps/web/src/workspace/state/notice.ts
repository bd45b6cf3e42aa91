/** A sentence at the foot of the picture. */
export interface Notice {
  readonly id: number;
  readonly sentence: string;
  /** Something to do about it, as a button beside the sentence. */
  readonly action?: { readonly label: string; run(): void };
}
