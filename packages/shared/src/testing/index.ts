export { foldByBruteForce } from "./brute-force-mask.ts";
export { drawMask, readMask } from "./mask-picture.ts";
export { createPerson, exchange, type Person } from "./people.ts";
export { createSeededRandom, type SeededRandom } from "./seeded-random.ts";
export { GOLDEN_HASH, GOLDEN_SIZE, goldenOperations } from "./golden-operations.ts";
export { hashMask } from "./hash-mask.ts";
export { createSimulatedRoom, type RoomClient, type SimulatedRoom } from "./room-simulation.ts";
export { sourceFile } from "./source-file.ts";
export { readText, type ReadText } from "./read-text.ts";
