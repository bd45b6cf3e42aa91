import {
  ActionIcon,
  Button,
  ColorInput,
  Group,
  Menu,
  Select,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { api, CLASS_KINDS, type AnnotationClass } from "@limn/shared/api";
import {
  IconArrowDown,
  IconArrowUp,
  IconDots,
  IconRestore,
  IconTags,
  IconTrash,
} from "@tabler/icons-react";
import { useParams } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { sentenceOf } from "../../api/client.ts";
import { keys, useCall, useClasses, useProject } from "../../api/queries.ts";
import { Confirm } from "../../ui/confirm.tsx";
import { countOf } from "../../ui/count-of.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Failure } from "../../ui/failure.tsx";
import { useMay } from "./project-page.tsx";
import classes from "./classes-tab.module.css";

export function ClassesTab() {
  const { projectId } = useParams({ from: "/signed-in/projects/$projectId/classes" });
  const list = useClasses(projectId);
  const may = useMay(useProject(projectId).data);
  const editable = may("class.edit");
  const present = list.data?.filter((item) => !item.removed) ?? [];
  const removed = list.data?.filter((item) => item.removed) ?? [];
  const restore = useCall(api.patchClass, [keys.classes(projectId)]);
  return (
    <Stack maw={820} mx="auto" p={24} gap={20}>
      <div>
        <Title order={1} fz={20}>
          Classes
        </Title>
        <Text c="dimmed" size="sm">
          What an object can be. The first nine have the number keys 1 to 9 in the workspace.
        </Text>
      </div>
      {list.isError && (
        <Failure sentence={sentenceOf(list.error)} onRetry={() => void list.refetch()} />
      )}
      {editable && <NewClass projectId={projectId} />}
      {list.data && present.length === 0 && (
        <EmptyState
          icon={<IconTags size={36} stroke={1.5} />}
          title="No classes yet"
          text={
            editable
              ? "Add the first one above: car, person, pothole, tumour …"
              : "A lead of the project adds them."
          }
        />
      )}
      <ul className={classes["list"]}>
        {present.map((item, index) => (
          <ClassRow
            key={item.id}
            projectId={projectId}
            item={item}
            place={index}
            last={index === present.length - 1}
            editable={editable}
          />
        ))}
      </ul>
      {removed.length > 0 && (
        <section>
          <Title order={2} fz={15} mb="xs">
            Removed classes
          </Title>
          <Text c="dimmed" size="sm" mb="xs">
            Their objects are still there, shown as “class removed”. Restoring a class gives them
            back.
          </Text>
          <ul className={classes["list"]}>
            {removed.map((item) => (
              <li key={item.id} className={classes["row"]}>
                <span className={classes["dot"]} style={{ background: item.color }} />
                <span className={classes["grow"]}>{item.name}</span>
                <Text size="sm" c="dimmed">
                  {countOf(item.objects, "object")}
                </Text>
                {editable && (
                  <Button
                    size="compact-sm"
                    variant="default"
                    leftSection={<IconRestore size={14} />}
                    onClick={() =>
                      restore.mutate({ params: { classId: item.id }, body: { removed: false } })
                    }
                  >
                    Restore
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
    </Stack>
  );
}

function NewClass(props: { projectId: string }) {
  const [name, setName] = useState("");
  const create = useCall(api.createClass, [keys.classes(props.projectId)]);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    create.mutate(
      { params: { projectId: props.projectId }, body: { name: name.trim() } },
      { onSuccess: () => setName("") },
    );
  };
  return (
    <form onSubmit={submit}>
      <Group align="end">
        <TextInput
          label="New class"
          placeholder="car"
          value={name}
          maxLength={200}
          style={{ flex: 1 }}
          error={create.isError ? sentenceOf(create.error) : null}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" loading={create.isPending} disabled={name.trim() === ""}>
          Add class
        </Button>
      </Group>
    </form>
  );
}

function ClassRow(props: {
  projectId: string;
  item: AnnotationClass;
  place: number;
  last: boolean;
  editable: boolean;
}) {
  const { item, place } = props;
  const stale = [keys.classes(props.projectId)];
  const change = useCall(api.patchClass, stale);
  const remove = useCall(api.deleteClass, stale);
  const [name, setName] = useState(item.name);
  const [asking, setAsking] = useState(false);
  const patch = (body: Parameters<typeof change.mutate>[0]["body"]) =>
    change.mutate({ params: { classId: item.id }, body });
  const rename = () => {
    if (name.trim() !== "" && name !== item.name) patch({ name: name.trim() });
    else setName(item.name);
  };
  return (
    <li className={classes["row"]}>
      <kbd className={classes["key"]}>{place < 9 ? place + 1 : ""}</kbd>
      {props.editable ? (
        <ColorInput
          aria-label={`Colour of ${item.name}`}
          value={item.color}
          onChangeEnd={(color) => patch({ color })}
          format="hex"
          withEyeDropper={false}
          w={120}
          size="xs"
        />
      ) : (
        <span className={classes["dot"]} style={{ background: item.color }} />
      )}
      {props.editable ? (
        <TextInput
          aria-label="Name of the class"
          className={classes["grow"] ?? ""}
          size="xs"
          value={name}
          error={change.isError ? sentenceOf(change.error) : null}
          onChange={(event) => setName(event.currentTarget.value)}
          onBlur={rename}
          onKeyDown={(event) => {
            if (event.key === "Enter") event.currentTarget.blur();
          }}
        />
      ) : (
        <span className={classes["grow"]}>{item.name}</span>
      )}
      <Text size="sm" c="dimmed" w={90} ta="right">
        {countOf(item.objects, "object")}
      </Text>
      {props.editable && (
        <>
          <Select
            aria-label={`Usual shape of ${item.name}`}
            size="xs"
            w={110}
            allowDeselect={false}
            data={CLASS_KINDS.map((kind) => ({
              value: kind,
              label: kind === "any" ? "any shape" : kind,
            }))}
            value={item.kind}
            onChange={(kind) => {
              const chosen = CLASS_KINDS.find((candidate) => candidate === kind);
              if (chosen) patch({ kind: chosen });
            }}
          />
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={`More for ${item.name}`}>
                <IconDots size={16} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                leftSection={<IconArrowUp size={14} />}
                disabled={place === 0}
                onClick={() => patch({ order: place - 1 })}
              >
                Move up
              </Menu.Item>
              <Menu.Item
                leftSection={<IconArrowDown size={14} />}
                disabled={props.last}
                onClick={() => patch({ order: place + 1 })}
              >
                Move down
              </Menu.Item>
              <Menu.Item
                color="red"
                leftSection={<IconTrash size={14} />}
                onClick={() => setAsking(true)}
              >
                Remove
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      )}
      <Confirm
        opened={asking}
        title={`Remove “${item.name}”?`}
        action="Remove class"
        busy={remove.isPending}
        onConfirm={() =>
          remove.mutate({ params: { classId: item.id } }, { onSuccess: () => setAsking(false) })
        }
        onClose={() => setAsking(false)}
      >
        {item.objects > 0
          ? `${countOf(item.objects, "object")} of this class: what is drawn stays and is shown as “class removed”; restoring the class gives it back.`
          : "No object has this class. It can be restored later."}
      </Confirm>
    </li>
  );
}
