import {
  api,
  callRoute,
  type Input,
  type Job,
  type Reply,
  type Route,
  type UploadResult,
} from "@limn/shared/api";
import { buildTestApp, type TestApp } from "../../apps/server/src/testing/test-app.ts";

/** A real server on a port of its own, talked to as a script talks to it. */
export interface CaseServer {
  readonly server: TestApp;
  call<R extends Route>(route: R, input: Input<R>): Promise<Reply<R>>;
  get(path: string): Promise<Response>;
  upload(projectId: string, files: readonly NamedBytes[]): Promise<UploadResult[]>;
  /** Runs an import to its end. */
  importFiles(projectId: string, files: readonly NamedBytes[]): Promise<Job>;
  /** Runs an export to its end. */
  exportFile(projectId: string, withImages: boolean): Promise<{ job: Job; bytes: Buffer }>;
  close(): Promise<void>;
}

export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export async function startCaseServer(): Promise<CaseServer> {
  const server = await buildTestApp();
  const origin = await server.app.listen({ port: 0, host: "127.0.0.1" });
  const signUp = await fetch(`${origin}/api/setup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      name: "Casey",
      email: "casey@example.org",
      password: "correct horse battery",
    }),
  });
  if (!signUp.ok) throw new Error(await signUp.text());
  const cookie = signUp.headers
    .getSetCookie()
    .map((line) => line.split(";", 1)[0] ?? "")
    .join("; ");

  const call: CaseServer["call"] = (route, input) =>
    callRoute(
      (url, init) => fetch(url, { ...init, headers: { ...init.headers, cookie } }),
      route,
      input,
      origin,
    );
  async function post(path: string, files: readonly NamedBytes[]): Promise<Response> {
    const form = new FormData();
    for (const { name, bytes } of files) form.append("files", new Blob([Buffer.from(bytes)]), name);
    const response = await fetch(origin + path, {
      method: "POST",
      headers: { cookie },
      body: form,
    });
    if (!response.ok) throw new Error(await response.text());
    return response;
  }
  async function endOf({ id }: Job): Promise<Job> {
    for (;;) {
      const job = await call(api.getJob, { params: { jobId: id } });
      if (job.state !== "waiting" && job.state !== "running") return job;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  return {
    server,
    call,
    get: (path) => fetch(origin + path, { headers: { cookie } }),
    async upload(projectId, files) {
      const response = await post(`/api/projects/${projectId}/images`, files);
      return ((await response.json()) as { items: UploadResult[] }).items;
    },
    async importFiles(projectId, files) {
      const response = await post(`/api/projects/${projectId}/imports`, files);
      return endOf((await response.json()) as Job);
    },
    async exportFile(projectId, withImages) {
      const started = await call(api.createExport, {
        params: { projectId },
        body: { format: "coco", withImages },
      });
      const job = await endOf(started);
      const file = await fetch(`${origin}/api/jobs/${job.id}/file`, { headers: { cookie } });
      if (!file.ok) throw new Error(await file.text());
      return { job, bytes: Buffer.from(await file.arrayBuffer()) };
    },
    close: () => server.close(),
  };
}
