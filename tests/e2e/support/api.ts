import { readFile } from "node:fs/promises";
import { basename } from "node:path";

/** Requests with one person's session, as a script would make them. */
export interface ApiPerson {
  readonly cookie: string;
  get(path: string): Promise<unknown>;
  send(method: string, path: string, body?: unknown): Promise<unknown>;
  upload(path: string, files: readonly string[]): Promise<unknown>;
}

async function answer(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return text === "" ? {} : JSON.parse(text);
}

function personWith(origin: string, cookie: string): ApiPerson {
  const headers = { cookie, origin };
  return {
    cookie,
    get: async (path) => answer(await fetch(origin + path, { headers })),
    send: async (method, path, body) =>
      answer(
        await fetch(origin + path, {
          method,
          headers:
            body === undefined ? headers : { ...headers, "content-type": "application/json" },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
    async upload(path, files) {
      const form = new FormData();
      for (const file of files)
        form.append("files", new Blob([await readFile(file)]), basename(file));
      return answer(await fetch(origin + path, { method: "POST", headers, body: form }));
    },
  };
}

async function cookieOf(response: Response): Promise<string> {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
}

const json = (origin: string, body: unknown) => ({
  method: "POST",
  headers: { "content-type": "application/json", origin },
  body: JSON.stringify(body),
});

export const PASSWORD = "correct horse battery";

/** The owner's account, made as the first page makes it. */
export async function makeOwner(origin: string, name = "Ana Kovac"): Promise<ApiPerson> {
  const body = { name, email: "ana@example.org", password: PASSWORD };
  return personWith(origin, await cookieOf(await fetch(`${origin}/api/setup`, json(origin, body))));
}

/** A person who joins a project through an invitation of the owner's. */
export async function invite(
  origin: string,
  owner: ApiPerson,
  projectId: string,
  person: { name: string; email: string; role: string },
): Promise<ApiPerson> {
  const { path } = (await owner.send("POST", `/api/projects/${projectId}/invitations`, {
    role: person.role,
  })) as { path: string };
  const secret = path.split("/").at(-1) ?? "";
  const body = { name: person.name, email: person.email, password: PASSWORD };
  const accepted = await fetch(`${origin}/api/invitations/${secret}/accept`, json(origin, body));
  return personWith(origin, await cookieOf(accepted));
}
