import { Button, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { api, type Me } from "@limn/shared/api";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type SyntheticEvent } from "react";
import { call, onSignedOut, reportSignedInAgain, sentenceOf } from "../api/client.ts";
import classes from "./sign-in-again.module.css";

/** When the session ends under an open page: sign in again in place; nothing on the page is lost. */
export function SignInAgain(props: { me: Me }) {
  const [needed, setNeeded] = useState(false);
  const [opened, setOpened] = useState(false);
  const [password, setPassword] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const client = useQueryClient();
  const neededNow = useRef(false);
  useEffect(
    () =>
      onSignedOut(() => {
        // Asked once; whoever closes the dialog to finish a thought keeps the line at the edge.
        if (!neededNow.current) setOpened(true);
        neededNow.current = true;
        setNeeded(true);
      }),
    [],
  );

  async function submit(event: SyntheticEvent) {
    event.preventDefault();
    setBusy(true);
    setError("");
    try {
      await call(api.signIn, { body: { email: props.me.email, password } });
      neededNow.current = false;
      setNeeded(false);
      setOpened(false);
      setPassword("");
      reportSignedInAgain();
      await client.invalidateQueries();
    } catch (failure) {
      setError(sentenceOf(failure));
    }
    setBusy(false);
  }

  return (
    <>
      {needed && !opened && (
        <div className={classes["line"]} role="alert">
          <span>Your session has ended; your edits are kept in this browser.</span>
          <Button size="compact-sm" onClick={() => setOpened(true)}>
            Sign in
          </Button>
        </div>
      )}
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title="Sign in again"
        centered
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            <Text size="sm">
              Your session has ended. Your edits are kept in this browser and are sent as soon as
              you are signed in as <b>{props.me.email}</b>.
            </Text>
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              data-autofocus
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              error={error}
              required
            />
            <Button type="submit" loading={busy}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
