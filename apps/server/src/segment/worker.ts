import { readFile } from "node:fs/promises";
import {
  encodePicture,
  familyOf,
  keepLast,
  notAskedWhole,
  packEmbedding,
  type Family,
  type PixelSource,
  type RunNetwork,
  type SegmentOutput,
  type Tensor,
  unpackEmbedding,
} from "@limn/shared/segment";
import sharp from "sharp";
import { answerCalls } from "../workers/answer-calls.ts";
import { decodePicture } from "./decode-picture.ts";
import type { LoadableFile } from "./model-files.ts";
import { blameNetwork } from "./network-fault.ts";
import {
  areNumbers,
  type ClickNetwork,
  onlyNumbers,
  type OpenNetwork,
  openAnyNetwork,
  openNetwork,
  runOf,
} from "./network.ts";
import type { PictureRef, SegmentCalls } from "./segment-calls.ts";

/* What answers clicks: a thread, or a process of its own for networks that people brought. */

sharp.concurrency(1);

const THREADS = 2;
/** 64 MB each at most. */
const PICTURES_KEPT = 3;
/** 17 MB each, unpacked. */
const EMBEDDINGS_KEPT = 3;
/** Whole networks; encoders and decoders. */
const NETWORKS_KEPT = 4;

const pictures = keepLast<PixelSource>(PICTURES_KEPT);
const embeddings = keepLast<Tensor[]>(EMBEDDINGS_KEPT);
const clickNetworks = keepLast<ClickNetwork>(NETWORKS_KEPT, (network) => void network.release());
const parts = keepLast<OpenNetwork>(NETWORKS_KEPT, (network) => void network.release());

const pictureOf = ({ key, path, width, height }: PictureRef): Promise<PixelSource> =>
  pictures(key, () => decodePicture(path, width, height));
const partOf = ({ path, sha256 }: LoadableFile): Promise<OpenNetwork> =>
  parts(sha256, () => blameNetwork(() => openAnyNetwork(path, THREADS)));
const wholeOf = ({ path, sha256 }: LoadableFile): Promise<ClickNetwork> =>
  clickNetworks(sha256, () => blameNetwork(() => openNetwork(path, THREADS)));

function knownFamily(id: string): Family {
  const family = familyOf(id);
  if (!family) throw new Error(`This server does not know models of the kind ${id}.`);
  return family;
}

const now = (): number => performance.now();

answerCalls<SegmentCalls>({
  async encode({ family: familyId, encoder, picture }) {
    const family = knownFamily(familyId);
    const began = now();
    const [network, pixels] = await Promise.all([partOf(encoder), pictureOf(picture)]);
    const packed = await blameNetwork(async () =>
      packEmbedding(await encodePicture(family, pixels, network)),
    );
    return { packed, ms: now() - began };
  },

  async segment(request) {
    const output = await segment(request);
    return { ...output, others: output.others() };
  },
});

async function segment({
  family: familyId,
  network,
  embedding,
  layer,
  picture,
  input,
}: SegmentCalls["segment"]["request"]): Promise<SegmentOutput> {
  const family = knownFamily(familyId);
  const pixels = await pictureOf(picture);
  if (embedding) {
    const [decoder, tensors] = await Promise.all([
      partOf(network),
      embeddings(embedding.key, async () => unpackEmbedding(await readFile(embedding.path))),
    ]);
    return blameNetwork(() =>
      family.segment(input, {
        pixels,
        now,
        run: notAskedWhole,
        encoded: { embedding: tensors, decoder: onlyNumbers(decoder, noNumbers) },
      }),
    );
  }
  const run = checkedRun(runOf(await wholeOf(network), layer));
  return blameNetwork(() => family.segment(input, { pixels, now, run }));
}

/* One that did well when it was tried may still answer another question with nonsense. */

const noNumbers = (): Error => new Error("It answers with values that are no numbers.");

const checkedRun =
  (run: RunNetwork): RunNetwork =>
  async (input) => {
    const logits = await run(input);
    const { size } = input;
    if (logits.length !== size * size) throw new Error(`Its logits are not ${size} x ${size}.`);
    if (!areNumbers(logits)) throw noNumbers();
    return logits;
  };
