import sharp from "sharp";
import type { Actor } from "./test-app.ts";
import { uploadFiles } from "./upload.ts";

/** A PNG of one colour. */
function paintSolid(width: number, height: number, background: string): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
}

let shade = 0;

/** Uploads a new picture under a name; answers the image's id. */
export async function uploadPicture(
  actor: Actor,
  projectId: string,
  name: string,
  width = 40,
  height = 30,
): Promise<string> {
  shade++;
  const color = `#${(0x204060 + shade).toString(16)}`;
  const [result] = await uploadFiles(actor, projectId, [
    { name, bytes: await paintSolid(width, height, color) },
  ]);
  if (result?.image === undefined) throw new Error(result?.reason ?? "nothing was uploaded");
  return result.image.id;
}
