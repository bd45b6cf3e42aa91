import { api } from "@limn/shared/api";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { call } from "../api/client.ts";
import { keys, useHealth } from "../api/queries.ts";
import { AccountForm, type NewAccount } from "./account-form.tsx";
import { Redirect } from "../app/redirect.tsx";
import { Door } from "./door.tsx";

/** First start: one form makes the owner's account, then the sample project opens. */
export function SetupPage() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const health = useHealth();
  if (health.data && !health.data.setup) return <Redirect to="/" />;
  async function submit(body: NewAccount) {
    const me = await call(api.setUp, { body });
    client.setQueryData(keys.me, me);
    const projects = await call(api.listProjects, { query: { limit: 10 } });
    const sample = projects.items.find((project) => project.sample);
    if (sample) await navigate({ to: "/projects/$projectId", params: { projectId: sample.id } });
    else await navigate({ to: "/" });
    void client.invalidateQueries({ queryKey: keys.health });
  }
  return (
    <Door
      title="Welcome to Limn"
      text="Make the owner's account. It stays on this machine, and you can invite others afterwards."
    >
      <AccountForm action="Create account and start" onSubmit={submit} />
    </Door>
  );
}
