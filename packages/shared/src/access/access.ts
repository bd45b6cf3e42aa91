/** Roles are per project; the instance's owner is a lead everywhere. */
export const ROLES = ["lead", "reviewer", "labeler", "viewer"] as const;
export type Role = (typeof ROLES)[number];

/** Whoever asks: the instance's owner flag and the role in the project at hand (null: not a member). */
export interface Actor {
  readonly owner: boolean;
  readonly role: Role | null;
}

type Rule = {
  readonly roles: readonly Role[];
  /** Ends the sentence "You cannot ... " that a refusal says. */
  readonly doing: string;
};

const everyone: readonly Role[] = ROLES;
const writers: readonly Role[] = ["lead", "reviewer", "labeler"];
const leads: readonly Role[] = ["lead"];

const rules = {
  "project.view": { roles: everyone, doing: "see this project" },
  "project.edit": { roles: leads, doing: "change this project" },
  "project.delete": { roles: leads, doing: "delete this project" },
  "class.edit": { roles: leads, doing: "change the classes of this project" },
  "member.manage": { roles: leads, doing: "change who takes part in this project" },
  "image.upload": { roles: leads, doing: "add images to this project" },
  "image.delete": { roles: leads, doing: "delete or restore images of this project" },
  "annotation.write": { roles: writers, doing: "draw in this project" },
  "segment.run": { roles: writers, doing: "use the network in this project" },
  "model.manage": { roles: leads, doing: "change the network of this project" },
  "data.import": { roles: leads, doing: "import data into this project" },
  "data.export": { roles: everyone, doing: "export data of this project" },
  "job.cancel": { roles: leads, doing: "cancel jobs of this project" },
} as const satisfies Record<string, Rule>;

export type ProjectAction = keyof typeof rules;
/** `project.create` needs an account and nothing else; `instance.manage` is the owner's alone. */
export type Action = ProjectAction | "project.create" | "instance.manage";
export const ACTIONS = [...Object.keys(rules), "project.create", "instance.manage"] as Action[];

/** The one decision about access, asked by the server before it acts and by buttons before they show. */
export function can(actor: Actor, action: Action): boolean {
  if (action === "project.create") return true;
  if (actor.owner) return true;
  if (action === "instance.manage" || actor.role === null) return false;
  return rules[action].roles.includes(actor.role);
}

/** One sentence for a person who may not do this: what, and whom to ask. */
export function refusal(action: Action): string {
  if (action === "instance.manage") return "Only the owner of this installation can do this.";
  if (action === "project.create") return "Sign in to make a project.";
  const { roles, doing } = rules[action];
  return roles.length === ROLES.length
    ? `You cannot ${doing}: you are not a member; ask a lead for an invitation.`
    : `You cannot ${doing}: it takes the role ${roles.join(" or ")}; ask a lead of the project.`;
}
