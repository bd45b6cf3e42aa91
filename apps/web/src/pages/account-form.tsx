import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useState, type SyntheticEvent } from "react";
import { sentenceOf } from "../api/client.ts";
import { Failure } from "../ui/failure.tsx";

export interface NewAccount {
  name: string;
  email: string;
  password: string;
}

/** Name, e-mail and password of a new account, checked in words before they are sent. */
export function AccountForm(props: {
  action: string;
  onSubmit: (account: NewAccount) => Promise<void>;
}) {
  const [account, setAccount] = useState<NewAccount>({ name: "", email: "", password: "" });
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const errors = {
    name: account.name.trim() === "" ? "A name is needed; colleagues see it." : "",
    email: /^\S+@\S+\.\S+$/.test(account.email) ? "" : "This is not an e-mail address.",
    password: account.password.length >= 8 ? "" : "A password has at least 8 characters.",
  };
  async function submit(event: SyntheticEvent) {
    event.preventDefault();
    setTried(true);
    if (Object.values(errors).some((sentence) => sentence !== "")) return;
    setBusy(true);
    setFailure("");
    try {
      await props.onSubmit(account);
    } catch (error) {
      setFailure(sentenceOf(error));
    }
    setBusy(false);
  }
  const field = (key: keyof NewAccount) => ({
    value: account[key],
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setAccount((before) => ({ ...before, [key]: value }));
    },
    error: tried && errors[key] !== "" ? errors[key] : null,
  });
  return (
    <form noValidate onSubmit={(event) => void submit(event)}>
      <Stack>
        {failure !== "" && <Failure sentence={failure} />}
        <TextInput label="Your name" autoComplete="name" autoFocus {...field("name")} />
        <TextInput label="E-mail" type="email" autoComplete="email" {...field("email")} />
        <PasswordInput
          label="Password"
          description="At least 8 characters"
          autoComplete="new-password"
          {...field("password")}
        />
        <Button type="submit" loading={busy} mt={4}>
          {props.action}
        </Button>
      </Stack>
    </form>
  );
}
