import sharp from "sharp";
import { answerCalls } from "../workers/answer-calls.ts";
import { cutTiles } from "./cut.ts";
import { developImage } from "./develop.ts";
import type { ImageCalls } from "./image-calls.ts";

/* The thread in which pictures are decoded and encoded. */

// Files are replaced under the same name, which libvips' cache would not notice.
sharp.cache(false);
// Each worker is one core's worth; there are as many workers as cores may be used.
sharp.concurrency(1);
// Vector pictures run code of a kind that nobody wants from strangers; their bytes are refused before, too.
sharp.block({ operation: ["VipsForeignLoadSvg", "VipsForeignLoadPdf", "VipsForeignLoadMagick"] });

answerCalls<ImageCalls>({ develop: developImage, cut: cutTiles });
