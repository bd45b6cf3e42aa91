import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import classes from "./workspace.module.css";

/** Adds a class without leaving the picture, for those who may. */
export function NewClass(props: { onAdd: (name: string) => Promise<string | undefined> }) {
  const [name, setName] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  return (
    <form
      className={classes["newClass"]}
      onSubmit={(event) => {
        event.preventDefault();
        setBusy(true);
        void props.onAdd(name.trim()).then((sentence) => {
          setBusy(false);
          setError(sentence ?? "");
          if (sentence === undefined) setName("");
          return undefined;
        });
      }}
    >
      <TextInput
        size="xs"
        aria-label="Name of a new class"
        placeholder="New class"
        value={name}
        error={error === "" ? null : error}
        maxLength={200}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button
        size="xs"
        variant="default"
        type="submit"
        loading={busy}
        disabled={name.trim() === ""}
      >
        Add
      </Button>
    </form>
  );
}
