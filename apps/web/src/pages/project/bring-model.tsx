import { Button, FileInput, Group, Progress, Text, TextInput, Title } from "@mantine/core";
import { addressOf, api, type Model, modelNameOf } from "@limn/shared/api";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sendForm, sentenceOf } from "../../api/client.ts";
import { keys } from "../../api/queries.ts";
import { Failure } from "../../ui/failure.tsx";
import classes from "./model-tab.module.css";

/** A network of one's own: sent, tried on an image of the project, offered. */
export function BringModel(props: { projectId: string }) {
  const { projectId } = props;
  const client = useQueryClient();
  const [files, setFiles] = useState<File[]>([]);
  const [name, setName] = useState("");
  const [share, setShare] = useState<number | null>(null);
  const [failure, setFailure] = useState("");
  const [offered, setOffered] = useState("");

  const tooMany = files.length > 2;

  async function send(): Promise<void> {
    const form = new FormData();
    // Fields are read before the files that follow them.
    if (name.trim() !== "") form.append("name", name.trim());
    for (const file of files) form.append("files", file, file.name);
    setFailure("");
    setOffered("");
    setShare(0);
    try {
      const address = addressOf(api.uploadModel, { params: { projectId } });
      const made = api.uploadModel.reply.parse(
        await sendForm(address, form, { onProgress: setShare }),
      );
      setOffered(made.name);
      setFiles([]);
      setName("");
      await client.invalidateQueries({ queryKey: keys.models(projectId) });
    } catch (error) {
      setFailure(sentenceOf(error));
    }
    setShare(null);
  }

  return (
    <section className={classes["card"]}>
      <div>
        <Title order={2} fz={16}>
          Bring your own
        </Title>
        <Text size="sm" c="dimmed">
          An ONNX file of a click network, or the encoder and the decoder of a SAM 2 or
          EfficientSAM, at most 200 MiB each. It is tried on an image of this project first, and
          changes nothing until you choose it.
        </Text>
      </div>
      <form
        className={classes["bring"]}
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <FileInput
          label="Files"
          placeholder="Choose .onnx"
          accept=".onnx"
          multiple
          clearable
          value={files}
          onChange={(chosen) => {
            setFiles(chosen);
            setFailure("");
            setOffered("");
          }}
          error={tooMany}
        />
        <TextInput
          label="Name"
          placeholder={
            files.length === 0 ? "As the file" : modelNameOf(files.map((file) => file.name))
          }
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" disabled={files.length === 0 || tooMany} loading={share !== null}>
          Try it
        </Button>
      </form>
      {share !== null && (
        <Group gap={10} wrap="nowrap">
          <Progress
            value={share * 100}
            animated={share === 1}
            aria-label="Sending"
            style={{ flex: 1 }}
          />
          <Text size="xs" c="dimmed">
            {share < 1 ? `Sending, ${Math.round(share * 100)} %` : "Trying it on an image"}
          </Text>
        </Group>
      )}
      {tooMany && (
        <Failure sentence="Choose one file, or two: the encoder and the decoder of a SAM." />
      )}
      {failure !== "" && <Failure sentence={failure} />}
      {offered !== "" && (
        <Text size="sm" role="status">
          {offered} works and is offered above.
        </Text>
      )}
    </section>
  );
}

/** What a network that somebody brought made of an image, for eyes. */
export function TrialResult(props: {
  projectId: string;
  modelId: string;
  trial: NonNullable<Model["trial"]>;
}) {
  const { projectId, modelId, trial } = props;
  const { image, ms, share } = trial;
  return (
    <div className={classes["trial"]}>
      <img
        src={addressOf(api.modelTrialPicture, { params: { projectId, modelId } })}
        alt={`${image.name} with the box that was given and the mask that came of it`}
      />
      <Text size="sm" c="dimmed">
        Tried on {image.name}: the white box gave the blue mask, {Math.round(share * 100)} % of the
        box, in {formatMs(ms)} on the server.
      </Text>
    </div>
  );
}

const formatMs = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
