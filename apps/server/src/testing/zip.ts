import { buffer } from "node:stream/consumers";
import { ZipFile } from "yazl";
import type { FilePart } from "./upload.ts";

export async function writeZip(files: readonly FilePart[]): Promise<Buffer> {
  const zip = new ZipFile();
  for (const { name, bytes } of files) zip.addBuffer(Buffer.from(bytes), name);
  zip.end();
  return buffer(zip.outputStream);
}
