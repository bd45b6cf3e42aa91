import { clickNet } from "./click-net.ts";
import type { Family } from "./family.ts";
import { sam } from "./sam.ts";

export const FAMILIES: readonly Family[] = [clickNet, sam];

/** The family of a model's card; undefined for a kind that this version does not know. */
export function familyOf(id: string): Family | undefined {
  return FAMILIES.find((family) => family.id === id);
}
