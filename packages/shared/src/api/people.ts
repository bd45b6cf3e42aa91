import { z } from "zod";
import { ROLES } from "../access/index.ts";
import { route } from "./route.ts";
import "./sentences.ts";
import { nameOf } from "./text.ts";

export const color = z.string().regex(/^#[0-9a-fA-F]{6}$/, "A colour is written as #rrggbb.");
export const role = z.enum(ROLES);
const email = z.email("This is not an e-mail address.").max(254);
const password = z
  .string()
  .min(8, "A password has at least 8 characters.")
  .max(200, "A password has at most 200 characters.");
const personName = nameOf("A person", 80);
export const id = z.string().min(1).max(64);
export const nothing = z.object({});
/** Lists page by `?limit=&cursor=` and answer `{items, next}`. */
export const page = {
  limit: z.coerce.number<number | string>().int().min(1).max(500).default(100),
  cursor: z.string().max(500).optional(),
};

export const me = z.object({
  id,
  name: z.string(),
  email: z.string(),
  color,
  owner: z.boolean(),
});
export type Me = z.infer<typeof me>;

export const health = route({
  method: "GET",
  path: "/api/health",
  summary: "Whether the server answers, its version and what runs the network",
  tag: "instance",
  permission: "public",
  reply: z.object({
    status: z.literal("ok"),
    version: z.string(),
    engine: z.string(),
    /** True until the owner's account has been made. */
    setup: z.boolean(),
  }),
});

export const setUp = route({
  method: "POST",
  path: "/api/setup",
  summary: "Makes the owner's account; first start only, signs in",
  tag: "people",
  permission: "public",
  body: z.object({ name: personName, email, password }),
  reply: me,
  status: 201,
});

export const signIn = route({
  method: "POST",
  path: "/api/session",
  summary: "Signs in with a session cookie",
  tag: "people",
  permission: "public",
  body: z.object({ email: z.string().max(254), password: z.string().max(200) }),
  reply: me,
});

export const signOut = route({
  method: "DELETE",
  path: "/api/session",
  summary: "Signs out",
  tag: "people",
  permission: "public",
  reply: nothing,
});

export const getMe = route({
  method: "GET",
  path: "/api/me",
  summary: "Who is signed in",
  tag: "people",
  permission: "signed-in",
  reply: me,
});

export const patchMe = route({
  method: "PATCH",
  path: "/api/me",
  summary: "Changes one's name, colour or password",
  tag: "people",
  permission: "signed-in",
  body: z.object({
    name: personName.optional(),
    color: color.optional(),
    /** Both together. */
    password: password.optional(),
    currentPassword: z.string().max(200).optional(),
  }),
  reply: me,
});

export const token = z.object({
  id,
  name: z.string(),
  /** The first characters, to tell tokens apart. */
  prefix: z.string(),
  createdAt: z.string(),
  lastUsedAt: z.string().nullable(),
});

export const listTokens = route({
  method: "GET",
  path: "/api/tokens",
  summary: "One's API tokens, without their secrets",
  tag: "people",
  permission: "signed-in",
  reply: z.object({ items: z.array(token) }),
});

export const createToken = route({
  method: "POST",
  path: "/api/tokens",
  summary: "Makes an API token; the secret is shown once",
  tag: "people",
  permission: "signed-in",
  body: z.object({ name: nameOf("A token", 80) }),
  reply: token.extend({ token: z.string() }),
  status: 201,
});

export const deleteToken = route({
  method: "DELETE",
  path: "/api/tokens/:tokenId",
  summary: "Revokes an API token",
  tag: "people",
  permission: "signed-in",
  params: z.object({ tokenId: id }),
  reply: nothing,
});

export const member = z.object({
  userId: id,
  name: z.string(),
  email: z.string(),
  color,
  role,
  owner: z.boolean(),
});
export type Member = z.infer<typeof member>;
const inProject = z.object({ projectId: id });

export const listMembers = route({
  method: "GET",
  path: "/api/projects/:projectId/members",
  summary: "Who takes part",
  tag: "people",
  permission: "project.view",
  params: inProject,
  reply: z.object({ items: z.array(member) }),
});

export const addMember = route({
  method: "POST",
  path: "/api/projects/:projectId/members",
  summary: "Adds a person who has an account already",
  tag: "people",
  permission: "member.manage",
  params: inProject,
  body: z.object({ email, role }),
  reply: member,
  status: 201,
});

const oneMember = z.object({ projectId: id, userId: id });
export const patchMember = route({
  method: "PATCH",
  path: "/api/projects/:projectId/members/:userId",
  summary: "Changes a member's role; the last lead stays one",
  tag: "people",
  permission: "member.manage",
  params: oneMember,
  body: z.object({ role }),
  reply: member,
});

export const removeMember = route({
  method: "DELETE",
  path: "/api/projects/:projectId/members/:userId",
  summary: "Takes a member out of the project; what they drew stays",
  tag: "people",
  permission: "member.manage",
  params: oneMember,
  reply: nothing,
});

export const invitation = z.object({
  id,
  role,
  createdBy: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
});

export const listInvitations = route({
  method: "GET",
  path: "/api/projects/:projectId/invitations",
  summary: "Open invitations",
  tag: "people",
  permission: "member.manage",
  params: inProject,
  reply: z.object({ items: z.array(invitation) }),
});

export const createInvitation = route({
  method: "POST",
  path: "/api/projects/:projectId/invitations",
  summary: "Makes an invitation link that carries a role and lasts 7 days",
  tag: "people",
  permission: "member.manage",
  params: inProject,
  body: z.object({ role }),
  /** `path` is `/invite/<secret>`, to be put behind the address people use; shown once. */
  reply: invitation.extend({ path: z.string() }),
  status: 201,
});

export const revokeInvitation = route({
  method: "DELETE",
  path: "/api/projects/:projectId/invitations/:invitationId",
  summary: "Revokes an invitation",
  tag: "people",
  permission: "member.manage",
  params: z.object({ projectId: id, invitationId: id }),
  reply: nothing,
});

const bySecret = z.object({ secret: z.string().min(1).max(128) });
export const readInvitation = route({
  method: "GET",
  path: "/api/invitations/:secret",
  summary: "What an invitation link offers",
  tag: "people",
  permission: "public",
  params: bySecret,
  reply: z.object({ projectName: z.string(), role, invitedBy: z.string(), expiresAt: z.string() }),
});

export const acceptInvitation = route({
  method: "POST",
  path: "/api/invitations/:secret/accept",
  summary:
    "Joins: with a new account (name, e-mail, password; signs in), or as whoever is signed in (empty body)",
  tag: "people",
  permission: "public",
  params: bySecret,
  body: z.object({
    name: personName.optional(),
    email: email.optional(),
    password: password.optional(),
  }),
  reply: z.object({ projectId: id }),
});
