import { crc32, deflateSync } from "node:zlib";

// Signs in and makes images over HTTP, as anybody's script would.

export async function signInAsOwner(
  address: string,
  owner: { readonly email: string; readonly password: string },
): Promise<string> {
  const session = await post(`${address}/api/session`, owner, {});
  const cookie = session.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const answer = await post(`${address}/api/tokens`, { name: "bench" }, { cookie });
  const { token } = (await answer.json()) as { token: string }; // contracts.md: shown once
  return token;
}

let projects = 0;
let pictures = 0;
const MOST_FILES = 50;
const PATIENCE_MS = 120_000;

/** New images in a project of their own. */
export async function createImages(
  address: string,
  token: string,
  count: number,
): Promise<string[]> {
  const headers = { authorization: `Bearer ${token}` };
  const name = `Bench ${++projects}`;
  const project = (await (await post(`${address}/api/projects`, { name }, headers)).json()) as {
    id: string;
  };
  const ids: string[] = [];
  for (let from = 0; from < count; from += MOST_FILES) {
    const form = new FormData();
    for (let i = from; i < Math.min(count, from + MOST_FILES); i++) {
      form.append("file", new Blob([createPicture(++pictures)]), `picture-${pictures}.png`);
    }
    const response = await fetch(`${address}/api/projects/${project.id}/images`, {
      method: "POST",
      headers,
      body: form,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!response.ok) throw new Error(`upload refused: ${await response.text()}`);
    const results = readResults(await response.json());
    for (const { status, image, reason } of results) {
      if (image === undefined) throw new Error(`upload ${status}: ${reason ?? ""}`);
      ids.push(image.id);
    }
  }
  return ids;
}

type UploadResult = { status: string; reason?: string; image?: { id: string } };

function readResults(body: unknown): UploadResult[] {
  // contracts.md: answers per file {name, status, image?, reason?}; in `items`, as all lists are.
  if (Array.isArray(body)) return body as UploadResult[];
  return (body as { items: UploadResult[] }).items;
}

async function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response;
}

/** A PNG of 64 x 48 pixels in a grey of its own, so that no two are the same file. */
function createPicture(number: number): Uint8Array<ArrayBuffer> {
  const [width, height] = [64, 48];
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  const rows = Buffer.alloc((width + 1) * height, number & 255);
  for (let y = 0; y < height; y++) rows[y * (width + 1)] = 0;
  rows.writeUInt32BE(number, 1);
  const parts = [
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    createChunk("IHDR", header),
    createChunk("IDAT", deflateSync(rows)),
    createChunk("IEND", Buffer.alloc(0)),
  ];
  return new Uint8Array(Buffer.concat(parts));
}

function createChunk(type: string, data: Buffer): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, "latin1");
  data.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}
