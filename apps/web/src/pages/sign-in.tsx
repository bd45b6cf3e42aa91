import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { api } from "@limn/shared/api";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { call, sentenceOf } from "../api/client.ts";
import { keys, useHealth, useMe } from "../api/queries.ts";
import { Failure } from "../ui/failure.tsx";
import { Redirect } from "../app/redirect.tsx";
import { Door } from "./door.tsx";

/** Only paths of this site are followed after the sign-in. */
const ownPath = (next: string | undefined): string =>
  next !== undefined && /^\/(?![/\\])/.test(next) ? next : "/";

export function SignInPage() {
  const client = useQueryClient();
  const router = useRouter();
  const navigate = useNavigate();
  const health = useHealth();
  const me = useMe();
  const { next } = useSearch({ from: "/sign-in" });
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  if (health.data?.setup) return <Redirect to="/setup" />;
  if (me.data && !busy) return <Redirect to={ownPath(next)} />;
  async function submit(event: SyntheticEvent) {
    event.preventDefault();
    setBusy(true);
    setFailure("");
    try {
      client.setQueryData(keys.me, await call(api.signIn, { body: { email, password } }));
      const path = ownPath(next);
      if (path === "/") await navigate({ to: "/" });
      else router.history.push(path);
    } catch (error) {
      setFailure(sentenceOf(error));
      setBusy(false);
    }
  }
  return (
    <Door title="Sign in to Limn" text="Segment pictures together with your team.">
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          {failure !== "" && <Failure sentence={failure} />}
          <TextInput
            label="E-mail"
            type="email"
            autoComplete="username"
            required
            autoFocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" loading={busy} mt={4}>
            Sign in
          </Button>
        </Stack>
      </form>
    </Door>
  );
}
