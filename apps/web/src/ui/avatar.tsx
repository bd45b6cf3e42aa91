import { Tooltip } from "@mantine/core";
import { initialsOf } from "./initials.ts";
import classes from "./avatar.module.css";

/** A person as a coloured disc; the name is in the tooltip and for screen readers. */
export function Face(props: { name: string; color: string; size?: number; note?: string }) {
  const size = props.size ?? 26;
  return (
    <Tooltip label={props.note ? `${props.name} · ${props.note}` : props.name} withArrow>
      <span
        className={classes["face"]}
        role="img"
        aria-label={props.name}
        style={{ width: size, height: size, fontSize: size * 0.37, ["--c" as string]: props.color }}
        // Drawn by the style sheet: read aloud, "AK" would only be noise beside the name.
        data-initials={initialsOf(props.name)}
      />
    </Tooltip>
  );
}

/** Several people, overlapping, at most `most` of them and "+n". */
export function Faces(props: {
  people: readonly { userId: string; name: string; color: string }[];
  most?: number;
  size?: number;
}) {
  const most = props.most ?? 5;
  const hidden = props.people.slice(most);
  return (
    <span className={classes["faces"]}>
      {props.people.slice(0, most).map((person) => (
        <Face
          key={person.userId}
          name={person.name}
          color={person.color}
          {...(props.size ? { size: props.size } : {})}
        />
      ))}
      {hidden.length > 0 && (
        <Tooltip label={hidden.map((person) => person.name).join(", ")}>
          <span className={classes["more"]}>+{hidden.length}</span>
        </Tooltip>
      )}
    </span>
  );
}
