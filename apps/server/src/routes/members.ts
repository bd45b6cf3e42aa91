import { api, ApiError } from "@limn/shared/api";
import type { FastifyInstance } from "fastify";
import { createId, createSecret, hashSecret } from "../ids.ts";
import type { Parts } from "../parts.ts";
import type { InvitationRow } from "../store/index.ts";
import { originOf } from "./people.ts";
import { presentInvitation } from "./present.ts";
import { sendCookies, type Serve } from "./serve.ts";

const INVITATION_DAYS = 7;
const DAY_MS = 86_400_000;

export function serveMembers(serve: Serve, _app: FastifyInstance, parts: Parts): void {
  const { store, accounts, live, now } = parts;
  const isoNow = (): string => now().toISOString();

  async function presentMember(projectId: string, userId: string) {
    const row = await store.members.find(projectId, userId);
    if (row === undefined)
      throw new ApiError("not-found", "This person takes no part in the project.");
    return { ...row, owner: row.owner === 1 };
  }

  /** Sockets and remembered answers of this person look at their rights again. */
  function announce(projectId: string, userId: string, role: string | null): void {
    accounts.forget(userId);
    live.publishTo(projectId, userId, { type: "rights", role });
    live.publish(projectId, { type: "members" });
  }

  serve(api.listMembers, async ({ project }) => ({
    items: (await store.members.list(project.id)).map((row) => ({
      ...row,
      owner: row.owner === 1,
    })),
  }));

  serve(api.addMember, async ({ project, body }) => {
    const user = await store.people.findUserByEmail(body.email);
    if (user === undefined)
      throw new ApiError(
        "not-found",
        "Nobody here has this e-mail: send an invitation link instead.",
      );
    const { id: userId } = user;
    const member = { projectId: project.id, userId, role: body.role, createdAt: isoNow() };
    if (!(await store.members.insert(member)))
      throw new ApiError(
        "already-exists",
        `${user.name} takes part already: change the role instead.`,
      );
    announce(project.id, userId, body.role);
    return presentMember(project.id, userId);
  });

  serve(api.patchMember, async ({ project, params, body }) => {
    refuse(await store.members.change(project.id, params.userId, body.role));
    announce(project.id, params.userId, body.role);
    return presentMember(project.id, params.userId);
  });

  serve(api.removeMember, async ({ project, params }) => {
    refuse(await store.members.change(project.id, params.userId, null));
    announce(project.id, params.userId, null);
    return {};
  });

  serve(api.listInvitations, async ({ project }) => ({
    items: (await store.members.listInvitations(project.id, isoNow())).map(presentInvitation),
  }));

  serve(api.createInvitation, async ({ project, body, person }) => {
    const secret = createSecret();
    const row: InvitationRow = {
      id: createId(),
      projectId: project.id,
      role: body.role,
      secretHash: hashSecret(secret),
      createdBy: person.id,
      createdAt: isoNow(),
      expiresAt: new Date(now().getTime() + INVITATION_DAYS * DAY_MS).toISOString(),
      revokedAt: null,
    };
    await store.members.insertInvitation(row);
    return { ...presentInvitation(row), path: `/invite/${secret}` };
  });

  serve(api.revokeInvitation, async ({ project, params }) => {
    if (!(await store.members.revokeInvitation(project.id, params.invitationId, isoNow())))
      throw new ApiError("not-found", "There is no such open invitation.");
    return {};
  });

  /** An invitation that still works, with its project. */
  async function findInvitation(secret: string) {
    const row = await store.members.findInvitation(hashSecret(secret));
    if (row === undefined)
      throw new ApiError("not-found", "This invitation link is not complete: copy it again.");
    const project = await store.projects.find(row.projectId);
    if (row.revokedAt !== null || row.expiresAt <= isoNow() || !project || project.deletedAt)
      throw new ApiError(
        "gone",
        "This invitation is no longer valid: ask whoever sent it for a new one.",
      );
    return { row, project };
  }

  serve(
    api.readInvitation,
    async ({ params }) => {
      const { row, project } = await findInvitation(params.secret);
      const inviter = await store.people.findUser(row.createdBy);
      return {
        projectName: project.name,
        role: row.role,
        invitedBy: inviter?.name ?? "",
        expiresAt: row.expiresAt,
      };
    },
    { rateLimit: { max: 60, timeWindow: "1 minute" } },
  );

  serve(
    api.acceptInvitation,
    async ({ params, body, person, request, reply }) => {
      const { row, project } = await findInvitation(params.secret);
      let userId = person?.id;
      if (userId === undefined) {
        const { name, email, password } = body;
        if (name === undefined || email === undefined || password === undefined)
          throw new ApiError(
            "invalid-request",
            "A new account needs name, e-mail and password; whoever has one signs in first.",
          );
        const { value, cookies } = await accounts.signUp(
          { name, email, password },
          originOf(request),
        );
        sendCookies(reply, cookies);
        userId = value.id;
      }
      const member = { projectId: project.id, userId, role: row.role, createdAt: isoNow() };
      // Whoever takes part already keeps the role they have.
      if (await store.members.insert(member)) announce(project.id, userId, row.role);
      return { projectId: project.id };
    },
    { rateLimit: { max: 60, timeWindow: "1 minute" } },
  );
}

function refuse(result: "done" | "missing" | "last-lead"): void {
  if (result === "missing")
    throw new ApiError("not-found", "This person takes no part in the project.");
  if (result === "last-lead")
    throw new ApiError(
      "conflict",
      "A project keeps at least one lead: make somebody else a lead first.",
    );
}
