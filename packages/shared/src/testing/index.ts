export { drawMask, readMask } from "./mask-picture.ts";
export { createPerson, exchange, type Person } from "./people.ts";
export { createSeededRandom, type SeededRandom } from "./seeded-random.ts";
