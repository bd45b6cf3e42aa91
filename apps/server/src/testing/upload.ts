import { readFileSync } from "node:fs";
import type { UploadResult } from "@limn/shared/api";
import type { Actor } from "./test-app.ts";

/** A file as it travels in a multipart body. */
export interface FilePart {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a browser's FormData sends for files in the field `files`, and for text fields. */
export function multipartBody(
  files: readonly FilePart[],
  fields: Readonly<Record<string, string>> = {},
): { payload: Buffer; headers: Record<string, string> } {
  const boundary = "----limn-test-boundary-7d83a1";
  const chunks: Uint8Array[] = [];
  const text = (line: string): number => chunks.push(Buffer.from(line));
  for (const [name, value] of Object.entries(fields))
    text(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
  for (const { name, bytes } of files) {
    const escaped = name.replaceAll('"', "%22").replaceAll("\n", "%0A").replaceAll("\r", "%0D");
    text(
      `--${boundary}\r\ncontent-disposition: form-data; name="files"; filename="${escaped}"\r\ncontent-type: application/octet-stream\r\n\r\n`,
    );
    chunks.push(bytes);
    text("\r\n");
  }
  text(`--${boundary}--\r\n`);
  return {
    payload: Buffer.concat(chunks),
    headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
  };
}

/** Uploads files to a project; throws when the request as a whole is refused. */
export async function uploadFiles(
  actor: Actor,
  projectId: string,
  files: readonly FilePart[],
): Promise<UploadResult[]> {
  const response = await actor.inject({
    method: "POST",
    url: `/api/projects/${projectId}/images`,
    ...multipartBody(files),
  });
  if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${response.body}`);
  return response.json<{ items: UploadResult[] }>().items;
}

/** Where the handed cases lie: `LIMN_CASES`, else a copy beside the tests. */
export function readCaseFile(path: string): Buffer {
  return readFileSync(new URL(path, casesFolder));
}

/** One of them as it is uploaded, under its own name or another one. */
export const caseFile = (path: string, name = path.split("/").at(-1) ?? ""): FilePart => ({
  name,
  bytes: readCaseFile(path),
});

const casesFolder = new URL("../../../../tests/cases/data/", import.meta.url);
