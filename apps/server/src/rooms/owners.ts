import type { Binding } from "./log/log.ts";

/** To whom the numbers of one room belong. A number is its first user's for ever. */
export type Owners = {
  readonly clientOwner: (clientId: number) => string | undefined;
  readonly authorOwner: (author: number) => string | undefined;
  /** @returns whether the client id is this user's, now or already */
  readonly claimClient: (clientId: number, userId: string) => boolean;
  readonly claimAuthor: (author: number, userId: string) => boolean;
  /** Bindings that are not in the log yet; they go with the next commit, not worth one of their own. */
  readonly takeNew: () => { readonly clients: Binding[]; readonly authors: Binding[] };
};

export function createOwners(stored: {
  readonly clients: readonly Binding[];
  readonly authors: readonly Binding[];
}): Owners {
  const clients = createBindings(stored.clients);
  const authors = createBindings(stored.authors);
  return {
    clientOwner: clients.ownerOf,
    authorOwner: authors.ownerOf,
    claimClient: clients.claim,
    claimAuthor: authors.claim,
    takeNew: () => ({ clients: clients.takeNew(), authors: authors.takeNew() }),
  };
}

function createBindings(stored: readonly Binding[]) {
  const owners = new Map<number, string>(stored);
  let fresh: Binding[] = [];
  const claim = (number: number, userId: string): boolean => {
    const owner = owners.get(number);
    if (owner !== undefined) return owner === userId;
    owners.set(number, userId);
    fresh.push([number, userId]);
    return true;
  };
  const takeNew = (): Binding[] => {
    const now = fresh;
    fresh = [];
    return now;
  };
  return { ownerOf: (number: number): string | undefined => owners.get(number), claim, takeNew };
}
